"""Word documents: what lies outside the flow of the text, automatic numbers, raised digits."""

import docx
from docx.document import Document

from tests.retrieval.corpus.cases import Case, Corpus, saved
from tests.retrieval.corpus.kept_files import kept
from tests.retrieval.corpus.office_xml import item, paragraph, run, table, word

RAISED, LOWERED = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
NUMBERS, OUTSIDE, FORMULAS, RAISED_DIGITS = (
    "automatic numbers",
    "parts outside the main flow",
    "formulas",
    "raised and lowered digits",
)
CHANGES, FORMS = "tracked changes", "form fields and ticks"


def by_python_docx() -> bytes:
    made: Document = docx.Document()
    made.sections[0].header.paragraphs[0].text = "Letterhead Kranich"
    made.sections[0].footer.paragraphs[0].text = "VAT NO998877"
    made.add_heading("Offer", 1)
    for text in ("first", "second"):
        made.add_paragraph(text, style="List Number")
    made.add_paragraph("deeper", style="List Bullet 2")
    line = made.add_paragraph("10")
    line.add_run("6").font.superscript = True
    line.add_run(" of H")
    line.add_run("2").font.subscript = True
    line.add_run("O")
    made.add_comment(line.runs, "too many", author="Eva")
    grid = made.add_table(rows=2, cols=3)
    grid.cell(0, 0).merge(grid.cell(0, 1)).text = "wide"
    grid.cell(0, 2).text = "thin"
    grid.cell(1, 0).text, grid.cell(1, 2).text = "left", "right"
    return saved(made.save)


def scheme(number: int, *levels: tuple[str, str], more: str = "") -> str:
    """Return a numbering scheme and a list of the same number."""
    inner = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text) in enumerate(levels)
    )
    return f'<w:abstractNum w:abstractNumId="{number}">{inner}</w:abstractNum>'


def use(number: int, of: int, start: int | None = None) -> str:
    override = (
        f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{start}"/></w:lvlOverride>'
        if start is not None
        else ""
    )
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/>{override}</w:num>'


def formats(*pairs: tuple[str, str]) -> bytes:
    """Return a document with a list of two items for each format."""
    schemes = "".join(scheme(at, (form, "%1.")) for at, (form, _) in enumerate(pairs, 1))
    uses = "".join(use(at, at, 12) for at in range(1, len(pairs) + 1))
    items = "".join(item(form, at) for at, (form, _) in enumerate(pairs, 1))
    return word(items, {"numbering": schemes + uses})


FORMATS = (
    ("decimalZero", "12."), ("upperRoman", "XII."), ("lowerLetter", "l."), ("ordinal", "12th."),
    ("cardinalText", "Twelve."), ("ordinalText", "Twelfth."), ("hebrew1", "יב."),
    ("chineseCounting", "十二."), ("decimalEnclosedCircle", "⑫."), ("russianLower", "м."),
    ("thaiNumbers", "๑๒."), ("unknownFormat", "12."),
)  # fmt: skip
LEVELS = scheme(1, ("decimal", "%1."), ("decimal", "%1.%2"), ("lowerRoman", "(%3)")) + use(1, 1)
LEGAL = scheme(1, ("upperRoman", "Art. %1"), ("decimal", "%1.%2"), more="<w:isLgl/>") + use(1, 1)
STYLED = (
    '<w:style w:type="paragraph" w:styleId="h1"><w:name w:val="heading 1"/><w:pPr><w:numPr>'
    '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="mine"><w:basedOn w:val="h1"/></w:style>'
    '<w:style w:type="character" w:styleId="up"><w:rPr>' + RAISED + "</w:rPr></w:style>"
)
SUM = (
    '<m:oMath><m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub><m:r><m:t>i=1</m:t></m:r>'
    "</m:sub><m:sup><m:r><m:t>n</m:t></m:r></m:sup><m:e><m:sSub><m:e><m:r><m:t>x</m:t></m:r></m:e>"
    "<m:sub><m:r><m:t>i</m:t></m:r></m:sub></m:sSub></m:e></m:nary><m:r><m:t>=1</m:t></m:r><m:f>"
    "<m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f><m:rad>"
    "<m:deg/><m:e><m:r><m:t>a+b</m:t></m:r></m:e></m:rad></m:oMath>"
)
BOX = "<w:txbxContent>" + paragraph("a boxed line") + "</w:txbxContent>"
DRAWING = (
    f"<w:r><mc:AlternateContent><mc:Choice><w:drawing>{BOX}</w:drawing></mc:Choice><mc:Fallback>"
    f"<w:pict><v:textbox>{BOX}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
)
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin">{}</w:fldChar></w:r><w:r><w:instrText>{}</w:instrText>'
    '</w:r>{}<w:r><w:fldChar w:fldCharType="separate"/></w:r>{}<w:r>'
    '<w:fldChar w:fldCharType="end"/></w:r>'
)
TICK = "<w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>"
CHOICE = (
    '<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/>'
    '<w:listEntry w:val="blue"/></w:ddList></w:ffData>'
)
NOTE = '<w:{0} w:id="{1}">' + paragraph("{2}") + "</w:{0}>"
CASES = (
    Case(
        "automatic-numbers",
        lambda: kept("automatic-numbers.docx"),
        ("1. Parties", "1.1 Seller", "1.2 Buyer", "2. Duration", "2.1 Start", "2.2 Termination",
         "(a) loss", "(b) late", "\nunnumbered remark", "Article I Scope", "Article II Law",
         "- a bullet"),
        ("- unnumbered", "- loss"),
        shows=NUMBERS,
    ),
    Case(
        "equations",
        lambda: kept("equations.docx"),
        ("The limit is x≤4.5 kN/m² for roof B.", "η=Wnet/Qin", "load | q=3.2"),
        times=1,
        shows=FORMULAS,
    ),
    Case(
        "rows-in-content-controls",
        lambda: kept("rows-in-content-controls.docx"),
        ("Letterhead Kranich Ltd", "Cover page", "Buyer: Edda Berg",
         "Item | Price\nCopper pipe | 12\nBrass valve | 30\nSteel bolt | 2\n"
         "Delivered | 3 March 2024", "Text in a box: deadline Friday", "inner cell Falke | 1",
         "VAT number NO998877"),
        times=1,
        shows=OUTSIDE,
    ),
    Case(
        "superscripts",
        lambda: kept("superscripts.docx"),
        ("COVID-19 rules; ✓ done", "東京(とうきょう)", "☒ I agree", "4 May 2024", "our site",
         "H₂O, 10⁶ units", "price is too low"),
        ("106", " DATE "),
        shows=RAISED_DIGITS,
    ),
    Case(
        "by-python-docx",
        by_python_docx,
        ("Letterhead Kranich", "Offer", "1. first\n2. second\n- deeper", "10⁶ of H₂O",
         "Comment (Eva): too many", "wide | | thin\nleft | | right", "VAT NO998877"),
        writer="python-docx",
        shows=OUTSIDE,
        times=1,
    ),
    Case(
        "by-pandoc",
        lambda: kept("pandoc.docx"),
        ("H₂O and there are 10⁶ grains.[^1] See η=a/(b+1) and x_i².",
         "3. third thing\n4. fourth thing\n  a. inner one\n  b. inner two\n- a bullet",
         "Copper pipe | 12", "[^1]: A note about grains."),
        writer="pandoc",
        shows=NUMBERS,
    ),
    Case(
        "by-libreoffice",
        lambda: kept("libreoffice.docx"),
        ("H₂O and there are 10⁶ grains.[^1]", "3. third thing", "  a. inner one", "- a bullet",
         "Item | Price", "[^1]: A note about grains."),
        writer="LibreOffice",
        shows=NUMBERS,
    ),
    Case(
        "numbers-by-libreoffice",
        lambda: kept("libreoffice-numbers.docx"),
        ("1. Parties", "1.1 Seller", "2.2 Termination", "(b) late", "Article II Law"),
        writer="LibreOffice",
        shows=NUMBERS,
    ),
    Case(
        "exponents-by-libreoffice",
        lambda: kept("libreoffice-exponents.docx"),
        ("H₂O, 10⁶ units, CO₂ and 5 m² of x^(n+1).", "claim¹²", "the 1st of May, 10⁻³ mol."),
        writer="LibreOffice",
        shows=RAISED_DIGITS,
    ),
    Case(
        "hebrew-by-libreoffice",
        lambda: kept("libreoffice-hebrew.docx"),
        ('4,500 ש"ח (כולל מע"מ) עד 1.3.2024', "שם הלקוח | סכום | עיר", "- פריט ראשון"),
        writer="LibreOffice",
        language="Hebrew",
    ),
    Case(
        "by-htmldocx",
        lambda: kept("htmldocx.docx"),
        ("H₂O, 10⁶ grains", "1. first\n2. second\n- a bullet", "Valve | 30"),
        writer="htmldocx",
    ),
    Case(
        "levels-and-restarts",
        word(
            item("a", 1) + item("b", 1, 1) + item("c", 1, 2) + item("d", 1, 1) + item("e", 1, 2)
            + item("f", 1) + item("g", 1, 1),
            {"numbering": LEVELS},
        ),
        ("1. a\n  1.1 b\n    (i) c\n  1.2 d\n    (i) e\n2. f\n  2.1 g",),
        shows=NUMBERS,
    ),
    Case(
        "two-lists-of-one-scheme",
        word(
            item("a", 1) + item("b", 1) + item("c", 2) + item("d", 3) + item("e", 3),
            {"numbering": scheme(1, ("decimal", "%1.")) + use(1, 1) + use(2, 1) + use(3, 1, 5)},
        ),
        ("1. a\n2. b\n3. c\n5. d\n6. e",),
        shows=NUMBERS,
    ),
    Case(
        "legal-numbers",
        word(item("a", 1) + item("b", 1) + item("c", 1, 1), {"numbering": LEGAL}),
        ("Art. I a\nArt. II b\n  2.1 c",),
        shows=NUMBERS,
    ),
    Case(
        "numbers-of-styles",
        word(
            paragraph("One", '<w:pStyle w:val="h1"/>')
            + paragraph("None", '<w:pStyle w:val="h1"/><w:numPr><w:numId w:val="0"/></w:numPr>')
            + paragraph("Two", '<w:pStyle w:val="mine"/>')
            + paragraph(run("10") + run("6", '<w:rStyle w:val="up"/>')),
            {"styles": STYLED, "numbering": scheme(1, ("decimal", "§ %1")) + use(1, 1)},
        ),
        ("§ 1 One", "\nNone", "§ 2 Two", "10⁶"),
        shows=NUMBERS,
    ),
    Case(
        "number-formats",
        lambda: formats(*FORMATS),
        tuple(f"{label} {form}" for form, label in FORMATS),
        shows=NUMBERS,
    ),
    Case(
        "a-list-without-definition",
        word(item("apples", 7) + item("pears", 7)),
        ("- apples\n- pears",),
        shows=NUMBERS,
    ),
    Case(
        "formulas-on-one-line",
        word(paragraph(run("It is ") + SUM + run("."))),
        ("It is ∑_(i=1)ⁿ x_i=1 1/2 √(a+b).",),
        ("=11/2",),
        shows=FORMULAS,
    ),
    Case(
        "a-text-box-once",
        word(paragraph(run("before") + DRAWING + run(" after")) + paragraph("next")),
        ("before after", "a boxed line", "next"),
        times=1,
        shows=OUTSIDE,
    ),
    Case(
        "tracked-changes",
        word(
            paragraph(
                run("We pay ") + "<w:del><w:r><w:delText>50</w:delText></w:r></w:del><w:ins>"
                + run("70") + "</w:ins><w:moveFrom>" + run("moved") + "</w:moveFrom>"
                + run(" euros")
            )
            + paragraph("one sen", "<w:rPr><w:del/></w:rPr>")
            + paragraph("tence")
            + table(("kept", "row"))
            + "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>" + paragraph("gone") + "</w:tc></w:tr>"
            "</w:tbl>"
        ),
        ("We pay 70 euros", "one sentence", "kept | row"),
        ("50", "moved", "gone"),
        shows=CHANGES,
    ),
    Case(
        "hidden-text",
        word(paragraph(run("seen ") + run("unseen", "<w:vanish/>") + run("end"))),
        ("seen end",),
        ("unseen",),
    ),
    Case(
        "old-form-fields",
        word(
            paragraph(FIELD.format(TICK, "FORMCHECKBOX", "", "") + run(" agreed"))
            + paragraph(run("Colour: ") + FIELD.format(CHOICE, "FORMDROPDOWN", "", ""))
            + paragraph(FIELD.format("", "IF ", run("nested"), run("result")))
        ),
        ("☒ agreed", "Colour: blue", "result"),
        ("nested", "IF"),
        shows=FORMS,
    ),
    Case(
        "notes-and-comments",
        word(
            paragraph(
                run("fact") + '<w:r><w:footnoteReference w:id="2"/></w:r>'
                '<w:r><w:endnoteReference w:id="3"/><w:commentReference w:id="4"/></w:r>'
            )
            + paragraph("next"),
            {
                "footnotes": NOTE.format("footnote", 2, "at the foot"),
                "endnotes": NOTE.format("endnote", 3, "at the end"),
                "comments": NOTE.format("comment", 4, "really?"),
            },
        ),
        ("fact[^1][^i]", "Comment: really?", "next", "[^1]: at the foot", "[^i]: at the end"),
        times=1,
        shows=OUTSIDE,
    ),
    Case(
        "page-numbers-are-no-text",
        word(
            paragraph("body"),
            {"footer": paragraph(run("Page ") + FIELD.format("", "PAGE", "", run("7")))},
        ),
        ("body",),
        ("Page", "7"),
        shows=OUTSIDE,
    ),
    Case(
        "imported-files",
        word(
            paragraph("before") + '<w:altChunk r:id="a"/>' + paragraph("between")
            + '<w:altChunk r:id="b"/><w:altChunk r:id="c"/><w:altChunk r:id="gone"/>',
            files={
                "a.html": b"<html><body><p>5 m<sup>2</sup></p></body></html>",
                "b.docx": word(paragraph("a document inside")),
                "c.mht": b"MIME-Version: 1.0\nContent-Type: text/html\n\n<p>an archive inside</p>",
            },
        ),
        ("before", "5 m²", "between", "a document inside", "an archive inside"),
        times=1,
        shows=OUTSIDE,
    ),
    Case(
        "spans-and-merged-cells",
        word(
            "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>" + paragraph("wide")
            + "</w:tc><w:tc>" + paragraph("thin") + "</w:tc></w:tr><w:tr>"
            "<w:trPr><w:gridBefore w:val='1'/></w:trPr><w:tc>" + paragraph("b") + "</w:tc><w:tc>"
            "<w:tcPr><w:gridSpan w:val='999999999'/></w:tcPr>" + paragraph("c") + "</w:tc></w:tr>"
            "</w:tbl>"
        ),
        ("wide | | thin\n | b | c\n",),
    ),
    Case(
        "symbol-fonts",
        word(
            paragraph(
                '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>' + run(" yes, 5 ")
                + '<w:r><w:sym w:font="Symbol" w:char="F06D"/></w:r>' + run("m \uf0b3 2")
            )
        ),
        ("☑ yes, 5 μm ≥ 2",),
    ),
    Case("nested-too-deeply", word("<w:p>" * 3000 + "</w:p>" * 3000), error="deep"),
    Case("a-style-based-on-itself", word(
        paragraph("text", '<w:pStyle w:val="a"/>'),
        {"styles": '<w:style w:styleId="a"><w:basedOn w:val="a"/></w:style>'},
    ), ("text",)),
    Case("no-text", word("<w:p/>"), error="no text"),
)  # fmt: skip
CORPUS = Corpus("docx", "Word documents", CASES)
