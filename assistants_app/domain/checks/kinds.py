"""The kinds of checks: their words for people, and their parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.checks import figures, likeness, texts

# What a field holds. `VALUE` is any JSON, or a text; `LINES` has one text per line.
TEXT, LONG_TEXT, LINES, VALUE, OBJECT = "text", "long_text", "lines", "value", "object"
NUMBER, INTEGER, FLAG, CHOICE = "number", "integer", "flag", "choice"
CODE, MODEL, TOOL, TOOLS = "code", "model", "tool", "tools"

# What a check needs besides the reply, or "".
MEANING, PYTHON, JUDGE = "meaning", "python", "judge"

TEXTS, JSON, TOOL_CALLS, EVIDENCE, FIGURES = "Text", "JSON", "Tools", "Sources and files", "Figures"
GRADERS, ELSEWHERE = "Graders", "Elsewhere"
GROUPS = (TEXTS, JSON, TOOL_CALLS, EVIDENCE, FIGURES, GRADERS)

RUBRIC, SCORE, LABELS = "judge_rubric", "judge_score", "judge_labels"
FACTS, PAIR = "judge_facts", "judge_pair"
SIMILAR, CODE_CHECK, FOREIGN = "similar", "python", "foreign"


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a kind. `choices` are values with their labels, the first is the default."""

    name: str
    type: str
    label: str
    help: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    default: Any = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of check. `threshold` is the score from which a graded one passes, else None.

    `one_of` names fields. At least one of them has to be filled.
    """

    name: str
    group: str
    label: str
    help: str
    fields: tuple[Field, ...] = ()
    threshold: float | None = None
    needs: str = ""
    one_of: tuple[str, ...] = ()

    @property
    def is_graded(self) -> bool:
        return self.threshold is not None

    def field(self, name: str) -> Field | None:
        """Return the field with this name, or None."""
        return next((field for field in self.fields if field.name == name), None)


def _choices(**labels: str) -> tuple[tuple[str, str], ...]:
    return tuple(labels.items())


_IGNORE_CASE = Field("ignore_case", FLAG, "Ignore case")
_WITHIN = Field(
    "within", FLAG, "Also inside of text", "Accept JSON in a code block or between sentences."
)
_ROW = "May contain {{name}} for a variable and {{expected.name}} for an expected value of the row."
_MODEL = Field("model", MODEL, "Judge", "Without one, the judge of the test set or experiment.")

_TEXT_KINDS = (
    Kind(
        "equals",
        TEXTS,
        "Equals",
        "The reply is exactly this, without spaces around it. JSON is compared as JSON.",
        (Field("value", VALUE, "Reply", _ROW, required=True), _IGNORE_CASE),
    ),
    Kind(
        "contains_any",
        TEXTS,
        "Contains any of",
        "The reply contains at least one of these texts.",
        (Field("values", LINES, "Texts", f"One per line. {_ROW}", required=True), _IGNORE_CASE),
    ),
    Kind(
        "contains_all",
        TEXTS,
        "Contains all of",
        "The reply contains each of these texts.",
        (Field("values", LINES, "Texts", f"One per line. {_ROW}", required=True), _IGNORE_CASE),
    ),
    Kind(
        "starts_with",
        TEXTS,
        "Starts with",
        "The reply starts with this text.",
        (Field("value", TEXT, "Text", _ROW, required=True), _IGNORE_CASE),
    ),
    Kind(
        "regex",
        TEXTS,
        "Matches pattern",
        "The pattern matches somewhere in the reply. Look-around and references to groups "
        "aren't supported.",
        (Field("pattern", TEXT, "Regular expression", _ROW, required=True), _IGNORE_CASE),
    ),
    Kind(
        SIMILAR,
        TEXTS,
        "Is similar to",
        "How close the reply is to a text, from 0 to 1.",
        (
            Field("value", LONG_TEXT, "Text", _ROW, required=True),
            Field(
                "by",
                CHOICE,
                "Compare",
                "The meaning is compared by the embedding model.",
                choices=_choices(meaning="Meaning", words="Words", letters="Letters"),
            ),
        ),
        threshold=0.75,
    ),
    Kind(
        "refusal",
        TEXTS,
        "Is a refusal",
        "The reply starts by refusing, in one of more than twenty languages.",
    ),
    Kind(
        "length",
        TEXTS,
        "Has a length",
        "The reply isn't too short or too long.",
        (
            Field("least", INTEGER, "At least"),
            Field("most", INTEGER, "At most"),
            Field("unit", CHOICE, "Counted in", choices=tuple((u, u.title()) for u in texts.UNITS)),
        ),
        one_of=("least", "most"),
    ),
)
_JSON_KINDS = (
    Kind("is_json", JSON, "Is valid JSON", "The reply is one JSON value.", (_WITHIN,)),
    Kind(
        "json_schema",
        JSON,
        "Fits JSON schema",
        "The reply is JSON that fits this schema.",
        (Field("schema", OBJECT, "JSON schema", required=True), _WITHIN),
    ),
    Kind(
        "json_path",
        JSON,
        "Has JSON value",
        "The reply's JSON has this value at a path. Without a value, any will do.",
        (
            Field("path", TEXT, "Path", "Such as cities.0.name or $.cities[0].name", required=True),
            Field("value", VALUE, "Value", _ROW),
            _WITHIN,
        ),
    ),
)
_TOOL = Field("tool", TOOL, "Tool", "A function, code_interpreter or file_search.", required=True)
_TOOL_KINDS = (
    Kind(
        "tool_called",
        TOOL_CALLS,
        "Calls tool",
        "The assistant called this tool. Use “not” to require that it didn't.",
        (
            _TOOL,
            Field("least", INTEGER, "At least", "Times. Without limits, once.", default=1),
            Field("most", INTEGER, "At most"),
        ),
    ),
    Kind(
        "tool_arguments",
        TOOL_CALLS,
        "Calls tool with",
        "The assistant called the tool with these arguments.",
        (
            _TOOL,
            Field("arguments", OBJECT, "Arguments or schema", _ROW, required=True),
            Field(
                "match",
                CHOICE,
                "Compare",
                choices=_choices(
                    subset="These arguments, others may be added",
                    exact="Exactly these arguments",
                    schema="Arguments fit this JSON schema",
                ),
            ),
            Field(
                "calls",
                CHOICE,
                "Which calls",
                choices=_choices(any="Any", every="Every", first="The first", last="The last"),
            ),
        ),
    ),
    Kind(
        "tool_order",
        TOOL_CALLS,
        "Calls tools in order",
        "The assistant called these tools one after the other.",
        (
            Field("tools", TOOLS, "Tools", "One per line, in order.", required=True),
            Field(
                "match",
                CHOICE,
                "Other calls",
                choices=_choices(in_order="May come between", exact="Are not allowed"),
            ),
        ),
    ),
)
_EVIDENCE_KINDS = (
    Kind(
        "cites",
        EVIDENCE,
        "Cites",
        "The reply cites this file, this page of it, or this text. Without any, anything.",
        (
            Field("file", TEXT, "File", "Its name or ID. * stands for any characters."),
            Field("page", INTEGER, "Page"),
            Field("quote", TEXT, "Text of the cited part", _ROW),
        ),
    ),
    Kind(
        "code_ran",
        EVIDENCE,
        "Runs code",
        "The code interpreter ran code.",
        (
            Field("without_error", FLAG, "Last run without an error", default=True),
            Field("contains", TEXT, "Code or output contains", _ROW),
        ),
    ),
    Kind(
        "file_made",
        EVIDENCE,
        "Makes file",
        "Code saved a file for the user.",
        (
            Field("type", TEXT, "Type", "Such as csv, png or xlsx."),
            Field("name", TEXT, "Name", "* stands for any characters."),
        ),
    ),
)
_FIGURE_KINDS = (
    Kind(
        "cost",
        FIGURES,
        "Costs at most",
        "The tokens of the reply cost no more than this.",
        (Field("most", NUMBER, "Dollars", required=True),),
    ),
    Kind(
        "tokens",
        FIGURES,
        "Takes tokens at most",
        "The reply takes no more tokens than this.",
        (
            Field("most", INTEGER, "Tokens", required=True),
            Field("of", CHOICE, "Count", choices=tuple((c, c.title()) for c in figures.COUNTS)),
        ),
    ),
    Kind(
        "first_token",
        FIGURES,
        "First token within",
        "The first token comes within this time.",
        (Field("most", NUMBER, "Seconds", required=True),),
    ),
    Kind(
        "duration",
        FIGURES,
        "Ends within",
        "The whole reply is there within this time.",
        (Field("most", NUMBER, "Seconds", required=True),),
    ),
)
# Of the facts in a reply to those of its reference.
RELATIONS = ("equal", "subset", "superset", "close", "contradicts")
_GRADER_KINDS = (
    Kind(
        RUBRIC,
        GRADERS,
        "Judge: yes or no",
        "A model decides whether the reply meets the rubric, and says why.",
        (Field("rubric", LONG_TEXT, "Rubric", _ROW, required=True), _MODEL),
        needs=JUDGE,
    ),
    Kind(
        SCORE,
        GRADERS,
        "Judge: score",
        "A model gives the reply a score from 0 to 1, and says why.",
        (Field("rubric", LONG_TEXT, "Rubric", _ROW, required=True), _MODEL),
        threshold=0.5,
        needs=JUDGE,
    ),
    Kind(
        LABELS,
        GRADERS,
        "Judge: label",
        "A model picks the label that fits the reply.",
        (
            Field("question", LONG_TEXT, "Question", _ROW, required=True),
            Field("labels", LINES, "Labels", "One per line.", required=True),
            Field("passing", LINES, "Labels that pass", "One per line.", required=True),
            _MODEL,
        ),
        needs=JUDGE,
    ),
    Kind(
        FACTS,
        GRADERS,
        "Judge: facts",
        "A model compares the facts in the reply with those of a reference.",
        (
            Field("reference", LONG_TEXT, "Reference", _ROW, required=True),
            Field(
                "passing",
                LINES,
                "Relations that pass",
                f"Of {', '.join(RELATIONS)}, one per line. Without any, all but contradicts.",
            ),
            _MODEL,
        ),
        needs=JUDGE,
    ),
    Kind(
        PAIR,
        GRADERS,
        "Judge: better of two",
        "A model compares the reply with another one, in both orders. If it contradicts itself, "
        "that is a tie.",
        (
            Field("rubric", LONG_TEXT, "Rubric", _ROW, required=True),
            Field("reference", LONG_TEXT, "Other reply", "Without one, the baseline's."),
            _MODEL,
        ),
        threshold=0.5,
        needs=JUDGE,
    ),
    Kind(
        CODE_CHECK,
        GRADERS,
        "Python",
        "An expression, or a function grade(sample, item). It runs in the sandbox and gives True "
        "or False, a score from 0 to 1, or a dictionary with score and reason.",
        (Field("code", CODE, "Python", required=True),),
        threshold=0.5,
        needs=PYTHON,
    ),
)
_FOREIGN = Kind(
    FOREIGN,
    ELSEWHERE,
    "Check of another product",
    "It can't run here. It is kept and exported again.",
    (Field("kept", OBJECT, "Check", required=True),),
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        *_TEXT_KINDS,
        *_JSON_KINDS,
        *_TOOL_KINDS,
        *_EVIDENCE_KINDS,
        *_FIGURE_KINDS,
        *_GRADER_KINDS,
        _FOREIGN,
    )
}


def needs_of(kind: str, params: Mapping[str, Any]) -> str:
    """Return what a check of this kind needs besides the reply, or ""."""
    if kind == SIMILAR:
        return MEANING if params.get("by", likeness.MEANING) == likeness.MEANING else ""
    return KINDS[kind].needs
