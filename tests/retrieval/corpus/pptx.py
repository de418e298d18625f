"""Presentations: grouped shapes, notes, numbers, raised digits, diagrams."""

import pptx
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Inches

from tests.retrieval.corpus.cases import Case, Corpus, saved
from tests.retrieval.corpus.kept_files import kept
from tests.retrieval.corpus.office_xml import NAMESPACES, relation, slides, zipped

NUMBERS, RAISED, OUTSIDE, FORMULAS = (
    "automatic numbers",
    "raised and lowered digits",
    "parts outside the main flow",
    "formulas",
)


def by_python_pptx() -> bytes:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = "Harvest"
    frame = slide.placeholders[1].text_frame
    for at, text in enumerate(("sow", "reap")):
        line = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        line.text = text
        number = OxmlElement("a:buAutoNum")
        number.set("type", "arabicPeriod")
        line._p.get_or_add_pPr().append(number)
    last = frame.add_paragraph()
    last.add_run().text = "10"
    raised = last.add_run()
    raised.text = "6"
    raised.font._element.set("baseline", "30000")
    group = slide.shapes.add_group_shape()
    for text in ("one in a group", "another in a group"):
        group.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = text
    grid = slide.shapes.add_table(2, 2, 0, 0, Inches(4), Inches(1)).table
    for at, text in enumerate(("Item", "Price", "Valve", "30")):
        grid.cell(at // 2, at % 2).text = text
    slide.notes_slide.notes_text_frame.text = "Speak slowly"
    return saved(made.save)


def shape(*paragraphs: str, kind: str = "", tag: str = "sp") -> str:
    place = f'<p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>' if kind else ""
    inner = "".join(f"<a:p>{one}</a:p>" for one in paragraphs)
    return f"<p:{tag}>{place}<p:txBody>{inner}</p:txBody></p:{tag}>"


def run(text: str, baseline: str = "") -> str:
    properties = f'<a:rPr baseline="{baseline}"/>' if baseline else ""
    return f"<a:r>{properties}<a:t>{text}</a:t></a:r>"


def numbered(text: str, scheme: str, start: int = 1, level: int = 0) -> str:
    return (
        f'<a:pPr lvl="{level}"><a:buAutoNum type="{scheme}" startAt="{start}"/></a:pPr>{run(text)}'
    )


FRACTION = (
    "<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b+1</m:t></m:r></m:den>"
    "</m:f></m:oMath>"
)
EITHER = (
    f"<mc:AlternateContent><mc:Choice>{shape(run('shown once'))}</mc:Choice><mc:Fallback>"
    f"{shape(run('shown once'))}</mc:Fallback></mc:AlternateContent>"
)
DIAGRAM = (
    '<p:graphicFrame><a:graphic><d:relIds xmlns:d="x" r:dm="rd"/></a:graphic></p:graphicFrame>'
)
CASES = (
    Case(
        "by-python-pptx",
        by_python_pptx,
        ("Harvest", "1. sow\n2. reap\n10⁶", "one in a group", "another in a group",
         "Item | Price\nValve | 30", "Notes: Speak slowly"),
        times=1,
        writer="python-pptx",
        shows=OUTSIDE,
    ),
    Case(
        "by-pandoc",
        lambda: kept("pandoc.pptx"),
        ("H₂O and there are 10⁶ grains.¹ See η=a/(b+1) and x_i².",
         "3. third thing\n4. fourth thing\na. inner one\nb. inner two\na bullet",
         "Copper pipe | 12", "1. A note about grains."),
        writer="pandoc",
        shows=FORMULAS,
    ),
    Case(
        "raised-and-lowered",
        slides(shape(run("10") + run("6", "30000") + run(" of H") + run("2", "-25%") + run("O"),
                     run("10") + run("-", "30000") + run("3", "30000"))),
        ("10⁶ of H₂O\n10⁻³",),
        shows=RAISED,
    ),
    Case(
        "numbers-and-letters",
        slides(shape(
            numbered("c", "alphaLcParenR", 3), numbered("d", "alphaLcParenR", 3),
            numbered("inner", "romanUcPeriod", level=1), numbered("e", "alphaLcParenR", 3),
            run("text"), numbered("again", "alphaLcParenR", 3), numbered("x", "arabicParenBoth", 7),
            numbered("y", "unknown"),
        )),
        ("c) c\nd) d\nI. inner\ne) e\ntext\nc) again\n(7) x\n1. y",),
        shows=NUMBERS,
    ),
    Case("formulas", slides(shape(run("Let ") + FRACTION + run("."))), ("Let a/(b+1).",),
         shows=FORMULAS),
    Case("groups-in-groups",
         slides(f"<p:grpSp>{shape(run('outer'))}<p:grpSp>{shape(run('inner'))}</p:grpSp></p:grpSp>"),
         ("outer", "inner"), times=1, shows=OUTSIDE),
    Case("two-versions-of-a-shape", slides(EITHER), ("shown once",), times=1, shows=OUTSIDE),
    Case(
        "a-diagram",
        slides(
            DIAGRAM,
            relations=relation("rd", "diagramData", "../d.xml"),
            parts={"ppt/d.xml": f"<d xmlns:x='x' {NAMESPACES}><a:p>{run('Plan')}</a:p><a:p>"
                   f"{run('Build')}</a:p></d>"},
        ),
        ("Plan\nBuild",),
        shows=OUTSIDE,
    ),
    Case(
        "comments-and-notes",
        slides(
            shape(run("Title"), kind="title"),
            relations=relation("rc", "comments", "../c.xml")
            + relation("rn", "notesSlide", "../n.xml"),
            parts={
                "ppt/c.xml": f"<p:cmLst {NAMESPACES}><p:cm><p:text>Too long?</p:text></p:cm>"
                "</p:cmLst>",
                "ppt/n.xml": f"<p:notes {NAMESPACES}>{shape(run('Slowly'))}"
                f"{shape(run('7'), kind='sldNum')}</p:notes>",
            },
        ),
        ("Title", "Comment: Too long?", "Notes: Slowly"),
        ("7",),
        times=1,
        shows=OUTSIDE,
    ),
    Case(
        "footers-once",
        slides(*(
            shape(run(f"slide {at}")) + shape(run("Kranich, confidential"), kind="ftr")
            + shape(f"<a:fld>{run('4 May')}</a:fld>", kind="dt") + shape(run("9"), kind="sldNum")
            for at in range(3)
        )),
        ("slide 0", "Kranich, confidential", "slide 1", "slide 2"),
        ("4 May", "9"),
        times=1,
        shows=OUTSIDE,
    ),
    Case("the-title-comes-first",
         slides(shape(run("body")) + shape(run("A title"), kind="ctrTitle")), ("A title", "body")),
    Case("order-of-the-show", slides(shape(run("one")), shape(run("two")), shape(run("three"))),
         ("one", "two", "three")),
    Case("line-breaks-and-tabs", slides(shape(run("one") + "<a:br/>" + run("two\tthree"))),
         ("one\ntwo three",)),
    Case("hebrew", slides(shape(run("מכרה 1250 יחידות (כולל Kranich)."))),
         ("מכרה 1250 יחידות (כולל Kranich).",), language="Hebrew"),
    Case("japanese", slides(shape(run("請求書の金額は１２０円です。"))),
         ("請求書の金額は１２０円です。",), language="Japanese"),
    Case("nested-too-deeply", slides("<p:grpSp>" * 2000 + "</p:grpSp>" * 2000), error="deep"),
    Case("no-text", slides(shape("")), error="no text"),
    Case("not-a-presentation", zipped({"a.txt": "text"}), error="damaged"),
)  # fmt: skip
CORPUS = Corpus("pptx", "Presentations", CASES)
