"""Characters that nobody can see, such as a zero-width space, made visible."""

import functools
import re
import unicodedata

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

# Controls without the tab, formats, spaces other than the usual one, and fillers that are letters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
_JOINS_EMOJI = "\u200d\ufe0f"
_SPACES = {" ": "·", "\t": "→"}


def with_unseen(text: str) -> SafeString:
    """Return the text as HTML with a mark for each character that can't be seen."""
    if text.strip(" \t") == "":
        return format_html_join("", '<span class="unseen">{}</span>', ((_SPACES[s],) for s in text))
    html: list[SafeString] = []
    shown = 0
    for found in _UNSEEN.finditer(text):
        at = found.start()
        if found[0] in _JOINS_EMOJI and at and unicodedata.category(text[at - 1]) in {"So", "Sk"}:
            continue
        html += [escape(text[shown:at]), _mark_of(found[0])]
        shown = found.end()
    html.append(escape(text[shown:]))
    return SafeString("".join(html))


@functools.cache
def _mark_of(sign: str) -> SafeString:
    code = ord(sign)
    label = chr(0x2400 + code) if code < 0x20 else f"U+{code:04X}"
    name = "CARRIAGE RETURN" if sign == "\r" else unicodedata.name(sign, f"U+{code:04X}")
    return format_html('<span class="unseen" title="{}">{}</span>', name, label)
