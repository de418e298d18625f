"""E-mail and web archives."""

import base64
from email.message import EmailMessage

from tests.retrieval.corpus.cases import Case, Corpus

HEADERS = "headers in any encoding"
ATTACHMENTS = "names of attachments"
BODIES = "one form of each text"
LONG = "Zaproszenie na spotkanie w Łodzi, na które zapraszamy wszystkich żółwi i ich przyjaciół"


def message(
    subject: str = "Kranich", text: str = "Zwei Kraniche, żółw", **headers: str
) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "Łukasz <l@example.org>", "a@example.org"
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(text)
    return mail


def two_forms() -> bytes:
    mail = message()
    mail.add_alternative("<p>In <b>HTML</b></p>", subtype="html")
    return mail.as_bytes()


def html_with_an_image() -> bytes:
    mail = message(text="\n")
    mail.add_alternative("<p>In <b>HTML</b>, Größe</p>", subtype="html")
    page = list(mail.iter_parts())[1]
    assert isinstance(page, EmailMessage)
    page.add_related(b"\x89PNG" * 50, "image", "png", filename="logo.png")
    return mail.as_bytes()


def with_attachments() -> bytes:
    mail = message()
    mail.add_attachment(b"%PDF-1.7", "application", "pdf", filename="umowa żółw.pdf")
    mail.add_attachment("a;b\nsecret;1\n", subtype="csv", filename="list.csv")
    return mail.as_bytes()


def forwarded() -> bytes:
    mail, inner, innermost = message("Outer"), message("Inner", "from within"), message("Innermost")
    inner.add_attachment(innermost)
    mail.add_attachment(inner)
    mail.add_attachment(b"x", "image", "png", filename="last.png")
    return mail.as_bytes()


def raw(headers: str, body: bytes | str, encoding: str = "ascii") -> bytes:
    return (
        headers.encode(encoding)
        + b"\n\n"
        + (body.encode(encoding) if isinstance(body, str) else body)
    )


def web_archive() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "<Saved by Blink>", "Żółw"
    mail.set_content("<h1>Turtles</h1><p>Żółw, größer</p>", subtype="html")
    mail.add_related("p { color: red }", "css")
    mail.add_related("<p>advertisement</p>", "html")
    mail.add_related(b"\x89PNG" * 50, "image", "png")
    return mail.as_bytes()


CASES = (
    Case(
        "headers",
        message(LONG, Date="Fri, 01 Mar 2024 10:00:00 +0100", Cc="Ünal <u@example.org>").as_bytes,
        (
            f"Subject: {LONG}\nFrom: Łukasz <l@example.org>\nTo: a@example.org\nCc: Ünal",
            "Date: Fri, 01 Mar 2024 10:00:00 +0100\n\nZwei Kraniche, żółw",
        ),
        ("=?", "Content-", "MIME-Version"),
        writer="email",
        shows=HEADERS,
    ),
    Case(
        "words-cut-in-a-character",
        raw("Subject: =?UTF-8?B?xbzDs8U=?=\n =?utf-8?b?gnc=?= =?UTF-8?Q?,_=C5=81?=ab", "x"),
        ("Subject: żółw, Łab\n",),
        shows=HEADERS,
    ),
    Case(
        "words-of-old-encodings",
        raw(
            "From: =?iso-8859-2?Q?=A3ukasz?= <l@x>\nTo: =?windows-1251?B?yOLg7Q==?=,\n"
            ' "=?ISO-2022-JP?B?GyRCRWw1fhsoQg==?=" <t@x>\nCc: =?nope?Q?a=FF?=\n'
            "Subject: =?utf-8?B?eA?=",
            "x",
        ),
        ("Subject: x\n", "From: Łukasz <l@x>\n", 'To: Иван, "東京" <t@x>\n', "Cc: a"),
        shows=HEADERS,
    ),
    Case(
        "headers-of-bytes",
        raw("Subject: Größe żółw\nFrom: Łukasz", "Treść", "utf-8"),
        ("Subject: Größe żółw\nFrom: Łukasz\n\nTreść",),
        shows=HEADERS,
    ),
    Case("two-forms", two_forms, ("Zwei Kraniche, żółw",), ("In HTML",), shows=BODIES, times=1),
    Case(
        "html-only",
        html_with_an_image,
        ("In HTML, Größe", "Attachments: logo.png"),
        ("<b>", "iVBOR", "iVBO"),
        shows=BODIES,
    ),
    Case(
        "attachments",
        with_attachments,
        ("Zwei Kraniche", "Attachments: umowa żółw.pdf, list.csv"),
        ("secret", "JVBERi"),
        shows=ATTACHMENTS,
    ),
    Case(
        "attachments-of-old-programs",
        raw(
            "Subject: x\nContent-Type: multipart/mixed; boundary=b",
            "--b\n\nhello\n--b\nContent-Type: application/pdf; "
            'name="=?utf-8?B?xbzDs8WCdy5wZGY=?="\n\nx\n'
            "--b\nContent-Disposition: attachment;\n filename*0*=iso-8859-2''%BF%F3%B3w;\n"
            " filename*1*=%20.doc\n\nx\n--b\nContent-Type: image/png\n"
            "Content-Disposition: attachment\n\nx\n--b--\n",
        ),
        ("hello", "Attachments: żółw.pdf, żółw .doc, image/png"),
        shows=ATTACHMENTS,
    ),
    Case(
        "forwarded-messages",
        forwarded,
        ("Subject: Outer", "Attachments: last.png", "Subject: Inner\n", "from within", "Innermost"),
        times=1,
        shows="forwarded messages",
    ),
    Case(
        "text-around-an-attachment",
        raw(
            "Subject: x\nContent-Type: multipart/mixed; boundary=b",
            "preamble\n--b\n\nbefore\n--b\nContent-Type: image/png; name=a.png\n\nx\n--b\n"
            "\nafter\n--b--",
        ),
        ("before", "after", "Attachments: a.png"),
        ("preamble",),
        shows=BODIES,
    ),
    Case(
        "windows-central-europe",
        raw(
            "Subject: x\nContent-Type: text/plain; charset=windows-1250",
            "Zażółć gęślą jaźń, święto",
            "cp1250",
        ),
        ("Zażółć gęślą jaźń, święto",),
        shows="encodings of bodies",
        language="Polish",
        encoding="cp1250",
    ),
    Case(
        "koi8-in-base64",
        raw(
            "Subject: x\nContent-Type: text/plain; charset=KOI8-R\n"
            "Content-Transfer-Encoding: base64",
            base64.encodebytes("Счёт за март".encode("koi8-r")),
        ),
        ("Счёт за март",),
        shows="encodings of bodies",
        language="Russian",
        encoding="koi8-r",
    ),
    Case(
        "iso-2022-jp",
        raw(
            "Subject: x\nContent-Type: text/plain; charset=iso-2022-jp",
            "赤い鶴の請求書".encode("iso-2022-jp"),
        ),
        ("赤い鶴の請求書",),
        language="Japanese",
        encoding="iso-2022-jp",
    ),
    Case(
        "an-encoding-that-is-wrong",
        raw("Subject: x\nContent-Type: text/plain; charset=iso-8859-1", "Żółw – größer", "utf-8"),
        ("Żółw – größer",),
        shows="encodings of bodies",
    ),
    Case(
        "utf-7",
        raw("Subject: x\nContent-Type: text/plain; charset=utf-7", "Za+AXwA8wFCAQc-"),
        ("Zażółć",),
        shows="encodings of bodies",
        encoding="utf-7",
    ),
    Case(
        "an-encoding-in-another-encoding",
        raw('Subject: x\nContent-Type: text/plain; charset="x-żółw"', "Żółw", "utf-8"),
        ("Żółw",),
        shows="hostile headers",
    ),
    Case(
        "an-encoding-of-broken-bytes-in-a-header",
        b"Subject: =?iso\xd58859-2?Q?=A3ukasz?=\n\nkept",
        ("kept",),
        shows="hostile headers",
    ),
    Case(
        "an-encoding-in-the-form-of-rfc-2231",
        raw("Subject: x\nContent-Type: text/plain; charset*=utf-8''utf-8", "Żółw", "utf-8"),
        ("Żółw",),
        shows="hostile headers",
    ),
    Case(
        "parts-without-a-boundary",
        raw("Subject: x\nContent-Type: multipart/mixed", "kept"),
        ("kept",),
        shows="damaged files",
    ),
    Case(
        "quoted-printable",
        raw(
            "Subject: x\nContent-Type: text/plain; charset=utf-8\n"
            "Content-Transfer-Encoding: quoted-printable",
            "Gr=C3=B6=\n=C3=9Fe =3D 5",
        ),
        ("Größe = 5",),
        shows="encodings of bodies",
    ),
    Case(
        "a-mailbox-line-first",
        b"From a@example.org Fri Mar  1 10:00:00 2024\n" + message().as_bytes(),
        ("Subject: Kranich", "Zwei Kraniche"),
    ),
    Case(
        "cut-off", two_forms()[:-60], ("Subject: Kranich", "Zwei Kraniche"), shows="damaged files"
    ),
    Case("not-mail", "Note: one\n\nZwei Kraniche", ("Note: one\n\nZwei Kraniche",)),
    Case(
        "web-archive",
        web_archive,
        ("Subject: Żółw", "Turtles\n\nŻółw, größer"),
        ("color", "advertisement", "iVBO", "Attachments"),
        filename="page.mhtml",
        shows="web archives",
    ),
    Case(
        "declared",
        message().as_bytes,
        ("Subject: Kranich", "Zwei Kraniche"),
        ("Content-",),
        filename="1709283600.M1P2.host:2,S",
        content_type="message/rfc822",
    ),
    Case(
        "many-levels",
        "Subject: x\n"
        + "".join(
            f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n" for at in range(100)
        )
        + "\n" * 600_000,
        error="nested too deeply",
        shows="deep nesting",
    ),
    Case(
        "messages-in-messages",
        "Subject: x\n" + "Content-Type: message/rfc822\n\n" * 20_000,
        error="nested too deeply",
        shows="deep nesting",
    ),
    Case(
        "endless-headers",
        'Content-Type: text/plain; a="'
        + ';"' * 500_000
        + "\nSubject: "
        + "=?a?q?" * 100_000
        + "\n\nkept",
        ("kept",),
        shows="hostile headers",
    ),
    Case("nothing", b"\n\n", error="no text"),
)
CORPUS = Corpus("eml", "E-mail", CASES)
