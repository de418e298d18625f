"""YAML with no more than JSON's values, read within bounds and written to be read by people."""

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest

# Values that a document's aliases may stand for, all in all.
NODES = 500_000
LARGEST = 10**300
# In a block these would end a line or be lost, and a tab at the beginning would be indentation.
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\A[\n ]*\t")
# What YAML 1.2 reads as a number. PyYAML, which writes YAML 1.1, would leave it without quotes.
_NUMBER = re.compile(r"[-+]?(0o[0-7]+|0x[0-9a-fA-F]+|(\.\d+|\d+\.?\d*)([eE][-+]?\d+)?)")
_CORE: Final = "tag:yaml.org,2002:"


def as_yaml(document: Mapping[str, Any]) -> str:
    """Return the document as YAML, with texts of several lines as blocks."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


# A class of our own, because representers are added to a class: PyYAML's would change for everyone.
class _Dumper(yaml.SafeDumper):
    def analyze_scalar(self, scalar: str) -> Any:
        analysis = super().analyze_scalar(scalar)
        # PyYAML would write a text with a tab, or a space at the end of a line, as one long line.
        # A block keeps both.
        analysis.allow_block = "\n" in scalar and _ESCAPED.search(scalar) is None
        return analysis

    def ignore_aliases(self, data: Any) -> bool:
        # People who edit a file don't expect one value in two places.
        return True


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    if _ESCAPED.search(value) or _NUMBER.fullmatch(value):
        style = '"'
    return dumper.represent_scalar(f"{_CORE}str", value, style=style)


_Dumper.add_representer(str, _represent_text)


def read_yaml(text: str) -> Any:
    """Return the value in a YAML document, read by the rules of YAML 1.2 as most programs do.

    Aliases and merge keys may be used, as far as what they stand for stays small. Raises
    :class:`InvalidRequest`.
    """
    try:
        _check_events(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - this loader makes only plain values
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InvalidRequest(f"The document isn't valid YAML: {reason}.") from None


class _Loader(yaml.CSafeLoader):
    # By PyYAML's own rules, which are those of YAML 1.1, `no` is false, 12:30 is 750, and a date
    # isn't text.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    yaml_constructors = {
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None
        or tag.removeprefix(_CORE) in ("map", "seq", "str", "int", "float", "bool", "null")
    }


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"{_CORE}{tag}", re.compile(rf"(?:{pattern})\Z"), list(first))


_resolve("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolve("null", "~|null|Null|NULL", "~nN")
_Loader.add_implicit_resolver(f"{_CORE}null", re.compile(r"\Z"), [""])
_resolve("int", r"[-+]?[0-9]+", "-+0123456789")
_resolve("int", r"0x[0-9a-fA-F]+|0o[0-7]+", "0")
_resolve("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789")
_resolve("merge", "<<", "<")


def _construct_int(loader: _Loader, node: yaml.ScalarNode) -> int:
    # Unlike in YAML 1.1, a zero at the front means nothing.
    text = loader.construct_scalar(node)
    for prefix, base in (("0x", 16), ("0o", 8)):
        if text.startswith(prefix):
            return _bounded(int(text[2:], base))
    return _bounded(int(text))


def _bounded(number: int) -> int:
    # Python itself refuses to write a number of more than 4,300 digits.
    if abs(number) > LARGEST:
        raise ValueError("it has a number of more than 300 digits")
    return number


def _construct_float(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(loader.construct_scalar(node))


_Loader.add_constructor(f"{_CORE}int", _construct_int)
_Loader.add_constructor(f"{_CORE}float", _construct_float)


def _check_events(text: str) -> None:
    # Before any value is built, because nested aliases could stand for gigabytes, and deep nesting
    # could exhaust the stack.
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []  # the anchor and the size before each collection
    keys = _Keys()
    total = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            sizes[anchor or ""] = total - before
            keys.close()
            continue
        total += _size_of(event, sizes)
        keys.see(event)
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, total - 1))
        if len(opened) > limits.JSON_DEPTH:
            raise InvalidRequest(
                f"The document is nested more than {limits.JSON_DEPTH} levels deep."
            )
        if total > NODES:
            raise InvalidRequest(
                f"The document has more than {NODES} values, or its YAML aliases stand for more."
            )


class _Keys:
    """The keys of the objects that events have opened.

    PyYAML would take the last of two values with the same key, and nobody would notice the loss.
    """

    def __init__(self) -> None:
        # Of each open collection: the keys of an object, or None for a list.
        self._open: list[set[str] | None] = []
        # Of each, whether a key comes next.
        self._at_key: list[bool] = []

    def see(self, event: yaml.Event) -> None:
        """Note an event. Raises :class:`InvalidRequest` for a key that its object has already."""
        if isinstance(event, yaml.ScalarEvent) and self._open and self._at_key[-1]:
            self._note(event)
        if isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            self._pass()
        elif isinstance(event, yaml.CollectionStartEvent):
            is_object = isinstance(event, yaml.MappingStartEvent)
            self._open.append(set() if is_object else None)
            self._at_key.append(is_object)

    def close(self) -> None:
        """Note the end of a collection."""
        self._open.pop()
        self._at_key.pop()
        self._pass()

    def _pass(self) -> None:
        if self._open and self._open[-1] is not None:
            self._at_key[-1] = not self._at_key[-1]

    def _note(self, event: yaml.ScalarEvent) -> None:
        keys = self._open[-1]
        if keys is None or (event.implicit[0] and event.value == "<<"):
            return
        if event.value in keys:
            where = f", in line {event.start_mark.line + 1}" if event.start_mark else ""
            raise InvalidRequest(
                f"The key '{event.value[:60]}' is there twice in the same object{where}. Remove "
                "one of them."
            )
        keys.add(event.value)


def _size_of(event: yaml.Event, sizes: dict[str, int]) -> int:
    if isinstance(event, yaml.AliasEvent):
        # An alias within its own anchor has no size yet.
        if event.anchor not in sizes:
            raise InvalidRequest(f"The YAML alias '*{event.anchor}' refers to itself.")
        return sizes[event.anchor]
    if isinstance(event, yaml.ScalarEvent):
        sizes[event.anchor or ""] = 1
    return int(isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent))
