"""Files of tests in any of the formats that can be imported."""

import json
from typing import Any, Final

from assistants_app.domain import limits
from assistants_app.domain.documents.yaml_text import read_yaml
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.csv_in import read_csv
from assistants_app.domain.test_sets.imported import ImportedSet, Problem
from assistants_app.domain.test_sets.jsonl import read_jsonl
from assistants_app.domain.test_sets.openai_evals.reading import is_eval, read_evals
from assistants_app.domain.test_sets.promptfoo.reading import read_promptfoo
from assistants_app.domain.test_sets.rows import is_too_deep, problems_of_json, size_of
from assistants_app.domain.test_sets.texts import text_of

CSV, JSONL, PROMPTFOO, EVALS = "csv", "jsonl", "promptfoo", "openai"
FORMATS: Final = {
    CSV: "CSV",
    JSONL: "JSONL",
    PROMPTFOO: "promptfoo",
    EVALS: "OpenAI Evals",
}
"""All formats, with their names."""

LONGEST_SHOWN: Final = 500  # characters of a note or a problem
_BY_SUFFIX: Final = {
    "csv": CSV,
    "tsv": CSV,
    "txt": CSV,
    "jsonl": JSONL,
    "ndjson": JSONL,
    "yaml": PROMPTFOO,
    "yml": PROMPTFOO,
}


def read_tests(data: bytes, *, name: str = "", message: str = "") -> ImportedSet:
    """Return the rows in a file, and what can't be imported of it.

    The format follows from the file's `name` and contents. `message` is what rows ask that have
    only variables, such as ``{{question}}``. Raises :class:`InvalidRequest` for a file without
    rows.
    """
    text, note = text_of(data)
    if not text.strip():
        raise InvalidRequest("The file is empty.")
    found = _read(text, _suffix(name), message)
    if note:
        found.notes.append(note)
    if not found.rows and not found.problems:
        raise InvalidRequest("The file has no rows.")
    _check_kept(found)
    found.name = _shown(found.name)
    found.notes = [_shown(each) for each in found.notes]
    found.problems = [Problem(each.place, _shown(each.message)) for each in found.problems]
    return found


def _shown(text: str) -> str:
    """Return a text of the file as a page can show it."""
    # Half of a surrogate pair can't be sent.
    whole = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return f"{whole[:LONGEST_SHOWN]}…" if len(whole) > LONGEST_SHOWN else whole


def _check_kept(found: ImportedSet) -> None:
    for problem in problems_of_json(found.kept):
        raise InvalidRequest(f"What the file has beside its rows {problem}")
    if size_of(found.kept) > limits.TEST_KEPT_BYTES:
        raise InvalidRequest(
            f"The file has more than {limits.TEST_KEPT_BYTES // 1024**2} MB beside its rows. "
            "Remove what no row needs."
        )


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _read(text: str, suffix: str, message: str) -> ImportedSet:
    kind = _BY_SUFFIX.get(suffix) or _guess(text)
    found = ImportedSet(kind)
    if kind == CSV:
        read_csv(text, found, message=message)
    elif kind == JSONL:
        read_jsonl(text, found, message=message)
    else:
        document = _json(text) if text.lstrip()[:1] in ("{", "[") else _yaml(text)
        if is_too_deep(document):
            raise _too_deep()
        document = with_text_keys(document)
        if is_eval(document):
            found.format = EVALS
            read_evals(document, found, message=message)
        else:
            found.format = PROMPTFOO
            read_promptfoo(document, found, message=message)
    return found


def _guess(text: str) -> str:
    """Return the format of a text without a telling name, such as one that was pasted."""
    start = text.lstrip()
    if start.startswith("{"):
        first, _, rest = start.partition("\n")
        if rest.strip().startswith("{") or not rest.strip():
            try:
                document = json.loads(first)
            except (ValueError, RecursionError):
                return PROMPTFOO
            # A configuration may be written in one line, too.
            is_whole = is_eval(document) or isinstance(document.get("tests"), list | str)
            return PROMPTFOO if is_whole else JSONL
        return PROMPTFOO
    if start.startswith(("[", "tests:", "- ", "prompts:", "description:", "providers:", "#")):
        return PROMPTFOO
    return PROMPTFOO if "\ntests:" in text else CSV


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise InvalidRequest(f"The document isn't valid JSON: {error}.") from None


def _too_deep() -> InvalidRequest:
    return InvalidRequest(f"The document is nested more than {limits.JSON_DEPTH} levels deep.")


def _yaml(text: str) -> Any:
    if len(text) > limits.TEST_YAML_BYTES:
        raise InvalidRequest(
            f"YAML of more than {limits.TEST_YAML_BYTES // 1024**2} MB can't be read. Use JSONL."
        )
    return read_yaml(text)


def with_text_keys(document: Any) -> Any:
    """Return a document whose objects have text as keys, which YAML doesn't require."""
    if isinstance(document, dict):
        return {_key(key): with_text_keys(value) for key, value in document.items()}
    return [with_text_keys(item) for item in document] if isinstance(document, list) else document


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return str(key).lower()
    return "" if key is None else str(key)
