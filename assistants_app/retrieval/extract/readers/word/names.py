"""Names and small look-ups of WordprocessingML."""

from xml.etree.ElementTree import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Text that was deleted or moved away while changes were tracked.
GONE = {f"{W}del", f"{W}moveFrom"}
OFF = {"0", "false", "off", "none"}


def value_of(node: Element | None, name: str = "val") -> str:
    """Return an attribute of `node`, or nothing."""
    return node.get(f"{W}{name}", "") if node is not None else ""


def is_on(properties: Element | None, name: str) -> bool:
    """Return whether a property that is on or off is on. Without a value, it is on."""
    node = properties.find(f"{W}{name}") if properties is not None else None
    return node is not None and node.get(f"{W}val", "1") not in OFF


def number_of(node: Element | None, name: str = "val") -> int | None:
    """Return a whole number in an attribute of `node`, or None."""
    value = value_of(node, name)
    return int(value) if value.lstrip("-").isdecimal() and len(value) < 10 else None


def shown_branch(node: Element) -> Element | None:
    """Return the branch of an ``AlternateContent`` that Word shows.

    The other one repeats the same text for old versions of Word.
    """
    choice = node.find(f"{MC}Choice")
    return choice if choice is not None else node.find(f"{MC}Fallback")
