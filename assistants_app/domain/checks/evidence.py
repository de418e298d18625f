"""Checks of what a reply refers to and produced: citations, code and files."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from assistants_app.domain.checks.check import Finding, found
from assistants_app.domain.checks.filling import as_text, fill
from assistants_app.domain.checks.sample import Cited, Sample
from assistants_app.domain.checks.texts import filled_text, quoted
from assistants_app.domain.mocks import matches
from assistants_app.domain.words.tokens import composed

Params = Mapping[str, Any]
Item = Mapping[str, Any]
# Endings of the same type.
_SAME = {"jpeg": "jpg", "htm": "html", "yml": "yaml", "tiff": "tif", "markdown": "md"}


def cites(params: Params, sample: Sample, item: Item) -> Finding:
    """Look for a citation of a file, a page or a text."""
    file = filled_text(params["file"], item) if params.get("file") else ""
    quote = filled_text(params["quote"], item) if params.get("quote") else ""
    page = params.get("page")
    fitting = [each for each in sample.citations if _fits(each, file, page, quote)]
    if fitting:
        return Finding(1.0, f"The reply cites {_named(fitting[0])}.")
    if not sample.citations:
        return Finding(0.0, "The reply cites nothing.")
    others = ", ".join(dict.fromkeys(_named(each) for each in sample.citations[:5]))
    return Finding(0.0, f"The reply cites {others}.")


def _fits(cited: Cited, file: str, page: int | None, quote: str) -> bool:
    return (
        (not file or file == cited.file_id or _same_name(cited.filename, file))
        and (page is None or page == cited.page)
        and (not quote or _folded(quote) in _folded(cited.quote))
    )


def _same_name(name: str, wanted: str) -> bool:
    return matches(_folded(name), _folded(wanted))


def _folded(text: str) -> str:
    return " ".join(composed(text).casefold().split())


def _named(cited: Cited) -> str:
    return f"{cited.filename}, page {cited.page}" if cited.page else cited.filename


def code_ran(params: Params, sample: Sample, item: Item) -> Finding:
    """Look for code that ran, and whether it ended without an error."""
    runs = sample.code_runs
    if contained := params.get("contains"):
        wanted = filled_text(contained, item)
        runs = tuple(run for run in runs if wanted in run.code or wanted in run.logs)
    if not sample.code_runs:
        return Finding(0.0, "No code ran.")
    if not runs:
        return Finding(0.0, f"No code that ran has {quoted(as_text(fill(contained, item)))}.")
    if params.get("without_error", True) and runs[-1].ended != "ok":
        # A model may try again, so only the last one counts.
        return Finding(0.0, f"The code ended with “{runs[-1].ended}”.")
    times = "once" if len(runs) == 1 else f"{len(runs)} times"
    return Finding(1.0, f"Code ran {times}.")


def file_made(params: Params, sample: Sample, item: Item) -> Finding:
    """Look for a file of a type or name that code made."""
    wanted_type = _type_of(f"file.{params['type'].lstrip('.')}") if params.get("type") else ""
    name = filled_text(params["name"], item) if params.get("name") else ""
    fitting = [
        file
        for file in sample.files
        if (not wanted_type or _type_of(file.name) == wanted_type)
        and (not name or _same_name(PurePosixPath(file.name).name, name))
    ]
    made = ", ".join(file.name for file in sample.files[:5])
    names = ", ".join(file.name for file in fitting[:5])
    return found(
        bool(fitting),
        f"Made {names}.",
        f"The only files made are {made}." if made else "No file was made.",
    )


def _type_of(name: str) -> str:
    ending = PurePosixPath(name.casefold()).suffix.removeprefix(".")
    return _SAME.get(ending, ending)
