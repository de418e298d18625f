"""What style sheets say about raised and lowered letters, and about hidden elements."""

import re

from selectolax.lexbor import LexborHTMLParser

MOST_CLASSES = 100
LONGEST_SHEET = 1_000_000  # characters
CLASS = re.compile(r"\.([A-Za-z_][\w-]{0,80})\s*$")
ALIGNED = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
# Some writers shift small letters away from where they would stand.
SHIFTED = re.compile(r"(?<![\w-])(top|bottom)\s*:\s*(-?)[\d.]{0,9}[1-9]", re.IGNORECASE)
RELATIVE = re.compile(r"position\s*:\s*relative", re.IGNORECASE)
SMALL = re.compile(r"font-size\s*:\s*(?:0?\.\d+em|[1-9]\d(?:\.\d+)?%|smaller)", re.IGNORECASE)

UNDISPLAYED = re.compile(r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.I)


def is_undisplayed(declarations: str) -> bool:
    """Return whether the declarations of an element hide it."""
    return UNDISPLAYED.search(declarations) is not None


def position_of(declarations: str) -> str:
    """Return ``super``, ``sub`` or nothing for the declarations of a rule or an element."""
    if found := ALIGNED.search(declarations):
        return found[1].lower()
    shifted = SHIFTED.search(declarations)
    if not shifted or not RELATIVE.search(declarations) or not SMALL.search(declarations):
        return ""
    up = (shifted[1].lower() == "top") == (shifted[2] == "-")
    return "super" if up else "sub"


def positions_of_classes(sheet: str) -> dict[str, str]:
    """Return the position of each class whose letters a style sheet raises or lowers."""
    found: dict[str, str] = {}
    for rule in sheet[:LONGEST_SHEET].split("}"):
        selectors, _, declarations = rule.rpartition("{")
        position = position_of(declarations) if selectors else ""
        for selector in selectors.split(",") if position else ():
            if (name := CLASS.search(selector.strip()[-100:])) and len(found) < MOST_CLASSES:
                found[name[1]] = position
    return found


def apply_sheets(tree: LexborHTMLParser, sheets: str) -> None:
    """Give each element the position that style sheets give to its class."""
    own = "\n".join(node.text() for node in tree.css("style"))
    for name, position in positions_of_classes(f"{sheets}\n{own}").items():
        for node in tree.css(f".{name}"):
            if node.tag not in {"sup", "sub"}:
                node.attrs["style"] = f"vertical-align: {position}"
