"""The number format of each cell style of an Office workbook."""

import re
from html import unescape

from assistants_app.retrieval.extract.encoding import decode
from assistants_app.retrieval.extract.readers.workbooks.number_formats import BUILT_IN, GENERAL

# Writers that put quotes into format codes unescaped are common, and spreadsheets open their files.
# So the styles are no XML to rely on, and are searched for the few tags that matter.
TAG = re.compile(r"""<(/?)(?:\w+:)?(numFmt|cellXfs|xf)\b((?:[^>"']|"[^"]*"|'[^']*')*)>""")
ATTRIBUTE = re.compile(r"""\b(numFmtId|formatCode)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
MOST_BYTES = 32 * 1024 * 1024


def formats_of(styles: bytes) -> list[str]:
    """Return the format code of each cell style, by the style's number."""
    codes: dict[int, str] = dict(BUILT_IN)
    formats: list[str] = []
    inside = False
    for closing, name, text in TAG.findall(decode(styles[:MOST_BYTES])):
        attributes = {key: unescape(one or other) for key, one, other in ATTRIBUTE.findall(text)}
        number = attributes.get("numFmtId", "")
        if name == "cellXfs":
            inside = not closing and not text.endswith("/")
        elif name == "numFmt" and number.isdecimal():
            codes[int(number)] = attributes.get("formatCode", GENERAL)
        elif name == "xf" and inside and not closing:
            formats.append(codes.get(int(number) if number.isdecimal() else 0, GENERAL))
    return formats
