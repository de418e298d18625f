"""Whether the text between two dollars is a formula. Dollars are also money, and code."""

import re

# A word in front is part of a currency (US$, R$) or of a pattern (/^a$/). A word behind is a name
# ($HOME/$USER, $(pwd), ${a}), unless it belongs to the formula: "the $n$th", "$2$D".
_WORD_BEFORE = re.compile(r"[A-Za-z0-9]$|\w_$")
_NAME_AFTER = re.compile(r"(?!(?:th|st|nd|rd|s|D)\b)(?:[A-Za-z0-9({$@#]|_\w)")
# No formula begins or ends with these, unless it consists of the sign alone.
_BAD_BEGIN = re.compile(r"[\s/,;?\"'&%#@*]")
_BAD_END = re.compile(r"(?<!\\)[\s/,;:\"&@#]$")
_NEVER = re.compile(r"[`，。；：！？、]")
_COMMAND = re.compile(r"\\[A-Za-z]")
_GROUP = re.compile(r"\{[^{}]*\}")
_FUNCTION = re.compile(
    r"\b(?:arg|cos|cot|det|dim|exp|gcd|inf|lim|ln|log|max|min|mod|sin|sup|tan)\b"
)
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")  # longer than a unit
_CLAUSE = re.compile(r", *[^\W\d_]{2,}")
_WORDS = re.compile(r"[^\W\d_]+[,.]? +[^\W\d_]{2,}")


def is_formula(content: str, before: str, after: str) -> bool:
    """Return whether `content`, between dollars, is TeX.

    `before` is the text in front of the first dollar, `after` the text behind the last.
    """
    if not content.strip() or _WORD_BEFORE.search(before) or _NAME_AFTER.match(after):
        return False
    if len(content) > 1 and (_BAD_BEGIN.match(content) or _BAD_END.search(content)):
        return False
    bare = content.replace("\\{", "").replace("\\}", "")
    if bare.count("{") != bare.count("}") or _NEVER.search(content):
        return False
    # TeX proper may have an interval such as [0,1[.
    return bool(_COMMAND.search(content)) or (_is_balanced(content) and not _is_prose(content))


def _is_prose(text: str) -> bool:
    """Return whether a text without TeX commands has the words of a sentence, as "5 million"."""
    if '"' in text:
        return True
    bare = _FUNCTION.sub("", _GROUP.sub("", text))
    if text[0].isdigit() and (_LONG_WORD.search(bare) or _CLAUSE.search(bare)):
        return True
    return bool(_WORDS.search(bare))


def _is_balanced(text: str) -> bool:
    # Intervals such as [0, 1) mix brackets, so only their number counts.
    plain = re.sub(r"\\.", "", text)
    opened = plain.count("(") + plain.count("[")
    return opened == plain.count(")") + plain.count("]")
