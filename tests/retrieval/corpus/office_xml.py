"""Office files written as XML, with what libraries for them can't write."""

import io
import zipfile
from collections.abc import Mapping

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="{OFFICE}/relationships" xmlns:m="{OFFICE}/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def word(
    body: str, parts: Mapping[str, str] | None = None, files: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a Word document.

    `parts` has the inner XML of other parts by their kind, such as ``footnotes``. `files` has files
    that the document imports, whose ids are their names.
    """
    parts, files = parts or {}, files or {}
    roots = {"header": "hdr", "footer": "ftr"}
    relations = [relation(f"r{kind}", kind, f"{kind}.xml") for kind in parts]
    relations += [relation(name.partition(".")[0], "aFChunk", name) for name in files]
    members: dict[str, str | bytes] = {
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relations(relations),
    }
    for kind, content in parts.items():
        root = roots.get(kind, kind)
        members[f"word/{kind}.xml"] = f"<w:{root} {NAMESPACES}>{content}</w:{root}>"
    return zipped(members | {f"word/{name}": content for name, content in files.items()})


def slides(*bodies: str, relations: str = "", parts: Mapping[str, str] | None = None) -> bytes:
    """Return a presentation. `relations` and `parts` belong to the first slide."""
    ids = "".join(f'<p:sldId id="{256 + at}" r:id="r{at}"/>' for at in range(len(bodies)))
    members: dict[str, str | bytes] = {
        "ppt/presentation.xml": f"<p:presentation {NAMESPACES}><p:sldIdLst>{ids}</p:sldIdLst>"
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": _relations(
            [relation(f"r{at}", "slide", f"slides/s{at}.xml") for at in range(len(bodies))]
        ),
        "ppt/slides/_rels/s0.xml.rels": _relations([relations]),
    }
    for at, body in enumerate(bodies):
        members[f"ppt/slides/s{at}.xml"] = (
            f"<p:sld {NAMESPACES}><p:cSld><p:spTree>{body}</p:spTree></p:cSld></p:sld>"
        )
    return zipped(members | dict(parts or {}))


def relation(key: str, kind: str, target: str) -> str:
    """Return a relationship to another part."""
    return f'<Relationship Id="{key}" Type="{OFFICE}/relationships/{kind}" Target="{target}"/>'


def _relations(all_of_them: list[str]) -> str:
    return f'<Relationships xmlns="{RELATIONSHIPS}">{"".join(all_of_them)}</Relationships>'


def run(text: str, properties: str = "") -> str:
    """Return a run of letters of a Word document."""
    style = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{style}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(content: str, properties: str = "") -> str:
    """Return a paragraph of a Word document. Text without tags becomes a run."""
    inner = content if content.startswith("<") else run(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def item(text: str, number: int, level: int = 0) -> str:
    """Return a paragraph of a list of a Word document."""
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph(text, place)


def table(*rows: tuple[str, ...]) -> str:
    """Return a table of a Word document."""
    inner = "".join(
        "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>"
        for row in rows
    )
    return f"<w:tbl>{inner}</w:tbl>"
