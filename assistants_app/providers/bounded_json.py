"""JSON that is kept for people to look at: bounded in size, and honest about what is left out."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

LONGEST_DATA_URL = 200  # characters; a longer one is told by its length and hash
LONGEST_TEXTS = (32_768, 4096, 512)  # characters; tried in turn until the whole fits
KEPT_ITEMS = (40, 10, 2)  # of long lists, at each end
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.+-]+)*);base64,")


def bounded(value: Any, most: int) -> tuple[Any, int, bool]:
    """`value` in at most `most` bytes of JSON; the bytes that it had, and whether it was cut.

    Images in base64 are always told by type, length and SHA-256. Then, if need be, long texts lose
    their ends and long lists their middles, each with a mark that says how much.
    """
    size = _bytes(value)
    kept = _map_texts(value, _without_image)
    for longest, items in zip(LONGEST_TEXTS, KEPT_ITEMS, strict=True):
        if _bytes(kept) <= most:
            break
        kept = _map_texts(kept, partial(_shortened, longest=longest))
        if _bytes(kept) > most:
            kept = _thinned(kept, items)
    if _bytes(kept) > most:
        kept = {"cut": f"{size} bytes of JSON with too many parts to be kept"}
    return kept, size, kept != value


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _map_texts(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_map_texts(item, change) for item in value]
    return value


def _without_image(text: str) -> str:
    found = _DATA_URL.match(text) if len(text) > LONGEST_DATA_URL else None
    if found is None:
        return text
    try:
        data = base64.b64decode(text[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        return text
    return f"[{found[1] or 'data'}, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}]"


def _shortened(text: str, longest: int) -> str:
    cut = len(text) - longest
    return f"{text[:longest]}… [cut: {cut} more characters]" if cut > 0 else text


def _thinned(value: Any, items: int) -> Any:
    if isinstance(value, dict):
        return {name: _thinned(item, items) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    kept = [_thinned(item, items) for item in value]
    cut = len(kept) - 2 * items
    return [*kept[:items], f"[cut: {cut} items]", *kept[-items:]] if cut > 0 else kept
