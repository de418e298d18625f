"""PDF files: scripts from the right, forms, comments, exponents, columns."""

import io
from collections.abc import Callable

from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Highlight, Link, Text
from pypdf.generic import ArrayObject, FloatObject, NameObject, NumberObject
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

from tests.retrieval.corpus.cases import Case, Corpus, saved
from tests.retrieval.corpus.kept_files import kept

FROM_RIGHT, FORMS, COMMENTS, RAISED = (
    "scripts from the right",
    "form fields and ticks",
    "comments",
    "raised and lowered digits",
)
HEBREW = (
    "חוזה שכירות",
    'השוכר ישלם 4,500 ש"ח (כולל מע"מ) עד 1.3.2024, בשיעור של 7.5% בשנה.',
    "ראה סעיף 3(א) בחוזה של Kranich Ltd. בלבד.",
    "עם שם באנגלית Harbour Road 7 באמצע",
)
ARABIC = (
    "التقرير السنوي",
    "باعت شركة Kranich عدد 1250 وحدة في سنة 2023 (مقارنة بـ 1,100 في 2022).",
    "لا إله إلا الله محمد رسول الله. السلام عليكم",
    "الْكِتَابُ مُفِيدٌ جِدًّا.",
    "العدد ١٢٣٤ والنسبة ٧٫٥٪ كما هو مذكور.",
)


def canvas(draw: Callable[[Canvas], None]) -> Callable[[], bytes]:
    """Return a function that makes a page with reportlab."""

    def make() -> bytes:
        file = io.BytesIO()
        page = Canvas(file)
        draw(page)
        page.save()
        return file.getvalue()

    return make


def form(page: Canvas) -> None:
    fields = page.acroForm
    for top, name, value in ((760, "Name", "Edda Kranich"), (730, "City", "Bergen")):
        page.drawString(72, top, f"{name}:")
        fields.textfield(name=name, value=value, x=150, y=top - 5, width=200, height=18)
    page.drawString(90, 700, "newsletter")
    fields.checkbox(name="news", checked=True, x=72, y=698, size=12)
    page.drawString(90, 680, "advertising")
    fields.checkbox(name="ads", checked=False, x=72, y=678, size=12)
    page.drawString(72, 650, "Country:")
    fields.choice(
        name="country", value="Norway", options=["Chile", "Norway"], x=150, y=645, width=90,
        height=18,
    )  # fmt: skip
    page.drawString(90, 620, "by post")
    fields.radio(name="way", value="post", selected=True, x=72, y=618, size=12)
    page.drawString(90, 600, "by courier")
    fields.radio(name="way", value="courier", selected=False, x=72, y=598, size=12)
    page.drawString(72, 570, "PIN:")
    fields.textfield(
        name="pin", value="secret", fieldFlags="password", x=150, y=565, width=90, height=18
    )
    page.drawString(72, 540, "Remarks:")
    fields.textfield(
        name="remarks", value="first line\nsecond line", fieldFlags="multiline", x=150, y=480,
        width=200, height=70,
    )  # fmt: skip


def field_only(page: Canvas, value: str = "Bergen") -> None:
    page.rect(72, 700, 200, 40, fill=1)
    page.acroForm.textfield(
        name="city", tooltip="Place of birth", value=value, x=72, y=600, width=200, height=18
    )


def annotated() -> bytes:
    file = io.BytesIO()
    page = Canvas(file)
    page.drawString(72, 760, "The price is 40 euros.")
    page.save()
    writer = PdfWriter(clone_from=PdfReader(file))
    mark = ArrayObject(map(FloatObject, (72, 772, 200, 772, 72, 758, 200, 758)))
    notes = (
        Text(rect=(210, 760, 230, 780), text="Too high?", title_bar="Eva"),
        Highlight(rect=(72, 758, 200, 772), quad_points=mark),
        FreeText(rect=(72, 700, 300, 716), text="A note on the page"),
        Link(rect=(72, 758, 200, 772), url="https://example.org/"),
    )
    for note in notes:
        writer.add_annotation(0, note)
    hidden = Text(rect=(0, 0, 9, 9), text="not to be seen")
    hidden[NameObject("/F")] = NumberObject(2)
    writer.add_annotation(0, hidden)
    return saved(writer.write)


def flowing(text: str) -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO()
        style = getSampleStyleSheet()["Normal"]
        SimpleDocTemplate(file).build([Paragraph(text, style)])
        return file.getvalue()

    return make


def by_fpdf() -> bytes:
    page = FPDF()
    page.add_page()
    page.set_font("helvetica", size=12)
    for position, text in (
        ("LINE", "There are 10"), ("SUP", "6"), ("LINE", " grains and H"), ("SUB", "2"),
        ("LINE", "O."),
    ):  # fmt: skip
        page.char_vpos = position
        page.write(8, text)
    return bytes(page.output())


def columns(page: Canvas) -> None:
    for at in range(12):
        page.drawString(60, 700 - 14 * at, f"left line {at} tells of the sea and ships")
        page.drawString(320, 700 - 14 * at, f"right line {at} tells of hills and snow")


def ciphered(page: Canvas) -> None:
    page.setEncrypt("secret")
    page.drawString(72, 700, "closed")


def table(page: Canvas) -> None:
    for row, cells in enumerate((("Item", "Price"), ("Pipe", "12.50"), ("Valve", "7.5 %"))):
        for column, cell in enumerate(cells):
            page.drawString(72 + 150 * column, 700 - 16 * row, cell)


def footnotes(page: Canvas) -> None:
    page.setFont("Helvetica", 11)
    page.drawString(72, 700, "The harvest was 250")
    page.setFont("Helvetica", 7)
    page.drawString(72 + page.stringWidth("The harvest was 250", "Helvetica", 11), 704, "3")
    page.setFont("Helvetica", 11)
    page.drawString(72, 680, "A second line of the same height follows below.")
    page.setFont("Helvetica", 7)
    page.drawString(72, 90, "3 In tons, and 12 of them dry.")


CASES = (
    Case(
        "rtl-hebrew",
        lambda: kept("rtl-hebrew.pdf"),
        ("דוח שנתי", "החברה Kranich מכרה 1250 יחידות בשנת 2023.", "שם הלקוח", "משה כהן", "4500"),
        writer="Chromium",
        shows=FROM_RIGHT,
        language="Hebrew",
    ),
    *(
        Case(
            f"hebrew-by-{writer.lower()}",
            lambda writer=writer: kept(f"{writer.lower()}-hebrew.pdf"),  # type: ignore[misc]
            (*HEBREW, "English paragraph with one word שלום in it."),
            writer=writer,
            shows=FROM_RIGHT,
            language="Hebrew",
        )
        for writer in ("Chromium", "WeasyPrint")
    ),
    Case(
        "arabic-by-chromium",
        lambda: kept("chromium-arabic.pdf"),
        (*ARABIC, "محمد", "300", "فاطمة", "450"),
        writer="Chromium",
        shows=FROM_RIGHT,
        language="Arabic",
    ),
    Case(
        "persian-by-chromium",
        lambda: kept("chromium-persian.pdf"),
        ("گزارش سالانه", "شرکت Kranich در سال ۱۴۰۲ تعداد ۱۲۵۰ واحد فروخت.", "چاپخانه (تهران)."),
        writer="Chromium",
        shows=FROM_RIGHT,
        language="Persian",
    ),
    Case(
        "arabic-by-weasyprint",
        lambda: kept("weasyprint-arabic.pdf"),
        ARABIC,
        writer="WeasyPrint",
        shows=FROM_RIGHT,
        language="Arabic",
    ),
    Case(
        "arabic-by-libreoffice",
        lambda: kept("libreoffice-arabic.pdf"),
        (*ARABIC, "الاسم المبلغ", "محمد | 300\nفاطمة | 450"),
        writer="LibreOffice",
        shows=FROM_RIGHT,
        language="Arabic",
    ),
    Case(
        "hebrew-by-libreoffice",
        lambda: kept("libreoffice-hebrew.pdf"),
        (*HEBREW, "English paragraph with one word שלום in it.", "פריט ראשון"),
        writer="LibreOffice",
        shows=FROM_RIGHT,
        language="Hebrew",
    ),
    Case(
        "hebrew-with-points",
        lambda: kept("chromium-hebrew-points.pdf"),
        ("שָׁלוֹם עוֹלָם, בְּרֵאשִׁית בָּרָא.",),
        writer="Chromium",
        shows=FROM_RIGHT,
        language="Hebrew",
    ),
    Case(
        "addresses-in-hebrew",
        lambda: kept("chromium-hebrew-addresses.pdf"),
        ('דוא"ל: edda.berg@example.org, טלפון 03-555-1234, אתר https://example.org/a?b=1 בלבד.',
         "טווח 10-20 ו-5% הנחה; מחיר $50 או ₪180."),
        writer="Chromium",
        shows=FROM_RIGHT,
        language="Hebrew",
    ),
    Case(
        "hebrew-in-english",
        lambda: kept("chromium-english-with-hebrew.pdf"),
        ("The words שלום עולם mean hello (see", "), and more text follows here.", "1,250 and 3.5%"),
        writer="Chromium",
        shows=FROM_RIGHT,
    ),
    Case(
        "urdu",
        lambda: kept("chromium-urdu.pdf"),
        ("یہ معاہدہ 15 مارچ 2024 کو Kranich Ltd. (لاہور) کے ساتھ ہوا۔", "قیمت: 1,250.50 روپے"),
        writer="Chromium",
        shows=FROM_RIGHT,
        language="Urdu",
    ),
    Case(
        "shaped-by-fpdf2",
        lambda: kept("fpdf2-shaped.pdf"),
        ("باعت شركة Kranich عدد 1250 وحدة في سنة 2023 (مقارنة).", "السلام عليكم ورحمة الله",
         'בשנת 2023 מכרה החברה 1,250 יחידות (כולל מע"מ).', "تعداد ۱۲۵۰ واحد فروخت."),
        writer="fpdf2",
        shows=FROM_RIGHT,
        language="Arabic",
    ),
    Case(
        "presentation-forms-in-visual-order",
        lambda: kept("reportlab-visual-order.pdf"),
        ("باعت شركة Kranich عدد 1250 وحدة في سنة 2023 (مقارنة).", "السلام عليكم ورحمة",
         'בשנת 2023 מכרה החברה 1,250 יחידות (כולל מע"מ).'),
        writer="reportlab",
        shows=FROM_RIGHT,
        language="Arabic",
    ),
    Case(
        "filled-form",
        lambda: kept("filled-form.pdf"),
        ("Name: | Edda Kranich\nIBAN: | DE02 1203 0000 0000 2020 51", "☒ I want the newsletter"),
        times=1,
        shows=FORMS,
    ),
    Case(
        "all-kinds-of-fields",
        canvas(form),
        ("Name: | Edda Kranich\nCity: | Bergen", "☒ newsletter", "☐ advertising",
         "Country:", "Norway", "☒ by post", "☐ by courier", "PIN:", "Remarks:", "first line",
         "second line"),
        ("secret", "Chile"),
        writer="reportlab",
        shows=FORMS,
    ),
    Case(
        "a-field-on-a-picture",
        canvas(field_only),
        ("Place of birth: Bergen",),
        writer="reportlab",
        shows=FORMS,
    ),
    Case(
        "an-empty-form",
        canvas(lambda page: field_only(page, "")),
        error="none of its fields is filled in",
        writer="reportlab",
        shows=FORMS,
    ),
    Case(
        "comments",
        annotated,
        ("The price is 40 euros.", "A note on the page", "Comment (Eva): Too high?"),
        ("not to be seen", "example.org"),
        writer="pypdf",
        shows=COMMENTS,
        times=1,
    ),
    Case(
        "exponents-by-reportlab",
        flowing(
            "Water is H<sub>2</sub>O, 10<super>6</super> units and 5 m<super>2</super>; a claim"
            "<super>12</super> and 2<super>nd</super>; 10<super rise=5 size=6>-9</super> s."
        ),
        ("H₂O, 10⁶ units and 5 m²; a claim¹² and 2nd; 10⁻⁹ s.",),
        writer="reportlab",
        shows=RAISED,
    ),
    Case(
        "exponents-by-weasyprint",
        lambda: kept("weasyprint-exponents.pdf"),
        ("H₂O, 10⁶ units, CO₂ and 5 m² of x^(n+1).", "claim¹²", "the 1st of May, 10⁻³ mol."),
        writer="WeasyPrint",
        shows=RAISED,
    ),
    Case("exponents-by-fpdf2", by_fpdf, ("There are 10⁶ grains and H₂O.",), writer="fpdf2",
         shows=RAISED),
    Case(
        "a-figure-by-matplotlib",
        lambda: kept("matplotlib-figure.pdf"),
        ("Growth of 10⁶ grains in m²",),
        writer="matplotlib",
        shows=RAISED,
    ),
    Case(
        "marks-of-notes",
        canvas(footnotes),
        ("The harvest was 250³", "3 In tons, and 12 of them dry."),
        ("2503",),
        writer="reportlab",
        shows=RAISED,
    ),
    Case(
        "by-libreoffice",
        lambda: kept("libreoffice.pdf"),
        ("H₂O and there are 10⁶ grains.¹", "3. | third thing", "a. inner one",
         "Item | Price", "Copper pipe | 12"),
        writer="LibreOffice",
        shows=RAISED,
    ),
    Case("columns", canvas(columns),
         ("left line 0", "left line 11", "right line 0", "right line 11"), writer="reportlab"),
    Case("a-table", canvas(table), ("Item | Price\nPipe | 12.50\nValve | 7.5 %",),
         writer="reportlab"),
    Case("a-password", canvas(ciphered), error="password", writer="reportlab"),
    Case("cut-in-half", lambda: kept("rtl-hebrew.pdf")[:9000], error="damaged"),
    Case("a-scan", canvas(lambda page: page.rect(72, 600, 99, 99, fill=1)), error="OCR",
         writer="reportlab"),
)  # fmt: skip
CORPUS = Corpus("pdf", "PDF files", CASES)
