"""The API's errors in plain words, for the forms of the page.

The API itself answers with the vendor's sentences (wire/validation.py), which name parameters and
patterns. At a field of a form, only the limit matters.
"""

import re
from collections.abc import Callable

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain import limits
from assistants_app.domain.configurations import variables

register = template.Library()

ALLOWED = {
    limits.FUNCTION_NAME_PATTERN: gettext_lazy("Use only letters, digits, dashes and underscores."),
    rf"^{variables.NAME.pattern}$": gettext_lazy(
        "Begin with a letter, and use only letters, digits, dots, dashes and underscores."
    ),
    "^(https?://|data:image/)": gettext_lazy(
        "Enter an address that begins with http:// or https://."
    ),
}
KINDS = {
    "a string": gettext_lazy("Enter a text."),
    "an integer": gettext_lazy("Enter a whole number."),
    "a decimal": gettext_lazy("Enter a number."),
    "a boolean": gettext_lazy("Enter true or false."),
    "an array": gettext_lazy("Enter a JSON list, in brackets."),
    "an object": gettext_lazy("Enter a JSON object, in braces."),
}
# Of Python's parser.
JSON_FAULTS = {
    "Expecting value": gettext_lazy("a value is missing"),
    "Expecting ',' delimiter": gettext_lazy("a comma is missing"),
    "Expecting ':' delimiter": gettext_lazy("a colon is missing"),
    "Expecting property name enclosed in double quotes": gettext_lazy(
        "a name in double quotes is missing"
    ),
    "Extra data": gettext_lazy("there is something after the end"),
    "Illegal trailing comma before end of object": gettext_lazy(
        "there is a comma after the last value"
    ),
    "Illegal trailing comma before end of array": gettext_lazy(
        "there is a comma after the last value"
    ),
    "Invalid control character at": gettext_lazy("there is a line break in a text"),
    "Invalid \\escape": gettext_lazy("a backslash in a text must be doubled"),
    "Unterminated string starting at": gettext_lazy("a text has no closing quote"),
}


PARAM = re.compile(r"Invalid (?:type for |property name in )?'([^']+)'")


def in_plain_words(message: str, *, named: bool = False) -> str:
    """Return an API's error as a sentence for a form, or unchanged if it isn't of a usual kind.

    `named`: begin with the parameter, because the error doesn't stand at its field.
    """
    for pattern, words in SENTENCES:
        if found := pattern.match(message):
            param = PARAM.match(message) if named else None
            said = words(found) + message[found.end() :]
            return f"{param[1]}: {said}" if param else said
    return message


def _count(found: re.Match[str], name: str) -> str:
    return str(intcomma(found[name]))


def _too_long(found: re.Match[str]) -> str:
    values = {"limit": _count(found, "limit"), "count": _count(found, "count")}
    if found["kind"] == "string":
        return _("Use at most %(limit)s characters. These are %(count)s.") % values
    return _("Use at most %(limit)s entries. These are %(count)s.") % values


def _too_short(found: re.Match[str]) -> str:
    is_text, limit = found["kind"] == "string", _count(found, "limit")
    if limit == "1":
        return str(KINDS["a string"]) if is_text else _("Add an entry.")
    if is_text:
        return _("Enter at least %(limit)s characters.") % {"limit": limit}
    return _("Add at least %(limit)s entries.") % {"limit": limit}


def _out_of_bounds(found: re.Match[str]) -> str:
    limit = {"limit": _count(found, "limit")}
    if found["sign"] == "<=":
        return _("Enter %(limit)s or less.") % limit
    return _("Enter %(limit)s or more.") % limit


def _out_of_pattern(found: re.Match[str]) -> str:
    return str(ALLOWED.get(found["pattern"], _("This isn't in the right form.")))


def _too_many_properties(found: re.Match[str]) -> str:
    values = {"limit": _count(found, "limit"), "count": _count(found, "count")}
    return _("Use at most %(limit)s pairs. These are %(count)s.") % values


def _key_too_long(found: re.Match[str]) -> str:
    values = {"key": found["key"], "limit": found["limit"]}
    return _("The key “%(key)s” is too long. Use at most %(limit)s characters.") % values


def _missing(found: re.Match[str]) -> str:
    return _("“%(name)s” is missing.") % {"name": found["name"]}


def _missing_value(found: re.Match[str]) -> str:
    return _("The variable “%(name)s” needs a value.") % {"name": found["name"]}


def _broken_json(found: re.Match[str]) -> str:
    why = str(JSON_FAULTS.get(found["why"], found["why"]))
    if not found["line"]:
        return _("This isn't valid JSON: %(why)s.") % {"why": why}
    values = {"why": why, "line": found["line"], "column": found["column"]}
    return _("This isn't valid JSON: %(why)s (line %(line)s, column %(column)s).") % values


SENTENCES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (
            r"Invalid '[^']*': (?P<kind>string|array) too long\. Expected an? \w+ with maximum "
            r"length (?P<limit>\d+), but got an? \w+ with length (?P<count>\d+) instead\.",
            _too_long,
        ),
        (
            r"Invalid '[^']*': (?P<kind>string|array) too short\. Expected an? \w+ with minimum "
            r"length (?P<limit>\d+), but got an? \w+ with length \d+ instead\.",
            _too_short,
        ),
        (
            r"Invalid '[^']*': (?:integer|decimal) (?:above maximum|below minimum) value\. "
            r"Expected a value (?P<sign>[<>]=) (?P<limit>\S+), but got .*? instead\.",
            _out_of_bounds,
        ),
        (
            r"Invalid '[^']*': string does not match pattern\. Expected a string that matches the "
            r"pattern '(?P<pattern>.*)'\.",
            _out_of_pattern,
        ),
        (
            r"Invalid '[^']*': too many properties\. Expected an object with at most "
            r"(?P<limit>\d+) properties, but got an object with (?P<count>\d+) properties "
            r"instead\.",
            _too_many_properties,
        ),
        (
            r"Invalid property name in '[^']*': '(?P<key>.*)' is too long\. Expected a string with "
            r"maximum length (?P<limit>\d+), but got a string with length \d+ instead\.",
            _key_too_long,
        ),
        (
            r"Invalid type for '[^']*': expected (?P<kind>an? \w+), but got an? \w+ instead\.",
            lambda found: str(KINDS.get(found["kind"], found[0])),
        ),
        (
            r"Invalid 'variables\[\d+\]\.\w+': (?P<first>[a-z])(?P<why>.+\.)$",
            lambda found: found["first"].upper() + found["why"],
        ),
        (r"Missing required parameter: 'variables\.(?P<name>.+)'\.", _missing_value),
        (r"Missing required parameter: '(?:.*\.)?(?P<name>[^'.]+)'\.", _missing),
        (
            r"This is not valid JSON: (?P<why>.+?)"
            r"(?:: line (?P<line>\d+) column (?P<column>\d+) \(char \d+\))?\.$",
            _broken_json,
        ),
    )
]


@register.filter
def plainly(message: object, named: str = "") -> str:
    """Return an error in plain words, with its parameter if it doesn't stand at its field."""
    return in_plain_words(str(message or ""), named=bool(named))
