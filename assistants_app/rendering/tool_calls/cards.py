"""Tool calls as cards, with the same template for history, live stream and reload."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.template.defaultfilters import floatformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain import run_status
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION, RESULT
from assistants_app.rendering.components.badges import (
    ERR,
    OK,
    WARN,
    Badge,
    code_badge,
    search_badge,
)
from assistants_app.rendering.text.citations import citation_url
from assistants_app.rendering.text.json_lines import is_json
from assistants_app.rendering.text.markdown import coloured
from assistants_app.rendering.tool_calls.pictures import image_figure, picture_id
from assistants_app.rendering.tool_calls.sealed import Look, step_as
from assistants_app.rendering.tool_calls.tapes import TapeMark, answered_by, tape_mark

WireObject = Mapping[str, Any]
# A key that only live steps have: whether the code of a call is complete, so that it runs.
RUNS = "runs"
UNFINISHED = frozenset({"writing", "running"})  # states of code
SHOWN_RESULTS = 5  # results of a search that aren't folded
LONG_LINES, LONG_CHARACTERS = 40, 8_000  # longer logs are folded
TAIL_LINES, TAIL_CHARACTERS = 10, 2_000  # the end of folded logs that stays visible


@dataclass(frozen=True, slots=True)
class Output:
    """An output of code. `kind` is logs or image. `tail` and `lines` are the end of long logs and
    their number of lines.
    """

    kind: str
    element: str = ""
    text: str = ""
    tail: str = ""
    lines: int = 0
    image: SafeString = SafeString("")


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that code created. Without a `url` it wasn't kept, and `reason` says why."""

    name: str
    bytes: int
    url: str = ""
    preview_url: str = ""
    reason: str = ""


@dataclass(slots=True)
class CodeCard:
    """A code interpreter call. `state` is as in :func:`code_badge`."""

    key: str
    state: str
    code: SafeString
    code_element: str
    outputs: list[Output]
    files: list[MadeFile] = field(default_factory=list)
    reason: str = ""
    seconds: float | None = None
    edit_url: str = ""
    tape: TapeMark | None = None

    @property
    def ended(self) -> bool:
        return self.state not in UNFINISHED

    @property
    def badge(self) -> Badge | None:
        """Return the badge of a call that runs, or that didn't end well."""
        if self._is_ok:
            return None
        return code_badge(self.state, self.seconds)

    @property
    def summary(self) -> str:
        """Return the card's line, such as "Ran Python · 0.18 s · 2 files"."""
        if not self.ended:
            return _("Python")
        parts = [_("Ran Python")]
        if self._is_ok and self.seconds is not None:  # otherwise the badge has the time
            parts.append(f"{floatformat(self.seconds, 2)} s")
        if count := len(self.files):
            parts.append(ngettext("%(count)d file", "%(count)d files", count) % {"count": count})
        return " · ".join(parts)

    @property
    def _is_ok(self) -> bool:
        return self.state in {"ok", run_status.COMPLETED}


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk that file search found, with its place in the results. `url` shows it in its file.
    `similarity` and `text_score` are as in :class:`SearchHit`, if they are known.
    """

    rank: int
    name: str
    page: int | None
    text: str
    url: str
    has_parts: bool
    similarity: float | None
    text_score: float | None


@dataclass(frozen=True, slots=True)
class SearchCard:
    """A file search. `state` is as in :func:`search_badge`. `reason` says why nothing was searched,
    or not everything. `files` is the number of files that were searched, 0 if it isn't known.
    """

    key: str
    state: str
    query: str
    found: list[Found]
    more: list[Found]
    reason: str = ""
    files: int = 0
    tape: TapeMark | None = None

    @property
    def ended(self) -> bool:
        return self.state != "running"

    @property
    def badge(self) -> Badge | None:
        """Return the badge of a search that runs, or that didn't end well."""
        if self.state == run_status.COMPLETED:
            return None
        return search_badge(self.state, 0)

    @property
    def summary(self) -> str:
        """Return the card's line, such as "Searched 5 files · 7 results in 2 files"."""
        if self.state != run_status.COMPLETED:
            return _("File search")
        found = [*self.found, *self.more]
        results = ngettext("%(count)d result", "%(count)d results", len(found))
        searched = ngettext("Searched %(count)d file", "Searched %(count)d files", self.files)
        what = searched % {"count": self.files} if self.files else _("Searched files")
        parts = [what, results % {"count": len(found)}]
        if files := len({item.name for item in found}):
            in_files = ngettext("in %(count)d file", "in %(count)d files", files)
            parts[-1] += f" {in_files % {'count': files}}"
        return " · ".join(parts)

    @property
    def reason_tone(self) -> str:
        # The reason of a completed search is only that some files weren't ready.
        return WARN if self.state == run_status.COMPLETED else ERR

    @property
    def found_nothing(self) -> bool:
        return self.state == run_status.COMPLETED and not self.found


def code_id(step_id: str, index: int) -> str:
    """Return the ID of the element with the code of a step's call."""
    return f"code-{step_id}-{index}"


def logs_id(step_id: str, index: int, place: int) -> str:
    """Return the ID of the element with an output of a step's call."""
    return f"logs-{step_id}-{index}-{place}"


def render_calls(
    step: WireObject,
    project_id: str,
    *,
    shown: Collection[str] = (),
    copied: bool = False,
    look: Look = Look.WHOLE,
) -> SafeString:
    """Render the cards of a step that calls tools.

    `shown`: the IDs of files that messages show. `copied`: the step is that of a copied reply, so
    it belongs to another thread and can't be changed in this one.
    """
    step = step_as(look, step)
    calls = step["step_details"]["tool_calls"]
    context = {
        "step": step,
        "project_id": project_id,
        "copied": copied,
        "bare": look is not Look.WHOLE,
        "calls": [_call_context(step, project_id, at, one, shown) for at, one in enumerate(calls)],
    }
    return render_to_string("runs/_calls.html", context)


def call_name(call: WireObject) -> str:
    """Return the call's name in the run log."""
    return str(call["function"]["name"] if call["type"] == FUNCTION else call["type"])


def _call_context(
    step: WireObject, project_id: str, index: int, call: WireObject, shown: Collection[str]
) -> dict[str, Any]:
    if call["type"] == CODE_INTERPRETER:
        return {"code": code_card(step, project_id, index, shown)}
    if call["type"] == FILE_SEARCH:
        return {"search": search_card(step, project_id, index)}
    if call["type"] != FUNCTION:
        return {
            "id": call["id"],
            "name": call["type"],
            "arguments": pretty(json.dumps(call)),
            "badge": _ended_badge(step),
            "ended": _is_complete(step, call),
        }
    function = call["function"]
    output = function["output"]
    return {
        "id": call["id"],
        "name": function["name"],
        "function": True,
        "arguments": pretty(function["arguments"]),
        "invalid": _is_complete(step, call) and not is_json(function["arguments"]),
        "output": output,
        "outputs": [] if output is None else [logs(output, fold=True)],
        "ended": output is not None or step["status"] != run_status.IN_PROGRESS,
        "reason": (step.get("last_error") or {}).get("message", ""),
        "by": answered_by(call),
        "tape": tape_mark(call),
        "badge": _ended_badge(step),
    }


def _is_complete(step: WireObject, call: WireObject) -> bool:
    # Only live calls have the key, and one of a function may still grow.
    return step["status"] != run_status.IN_PROGRESS or RUNS not in call


def _ended_badge(step: WireObject) -> Badge | None:
    """Return the badge of a call without an output, once its step has ended."""
    status = step["status"]
    if status == run_status.IN_PROGRESS:
        return None
    return Badge(status, OK if status == run_status.COMPLETED else ERR)


def code_card(
    step: WireObject, project_id: str, index: int, shown: Collection[str] = ()
) -> CodeCard:
    """Return the card of the step's code interpreter call at `index`. `shown`: see
    :func:`render_calls`.
    """
    call = step["step_details"]["tool_calls"][index]
    code, result = call[CODE_INTERPRETER], call.get(RESULT) or {}
    state, reason = _state_of(step, call), result.get("reason", "")
    ended = state not in UNFINISHED
    return CodeCard(
        key=f"{step['id']}-{index}",
        state=state,
        code=code_html(code["input"], whole=state != "writing"),
        code_element=code_id(step["id"], index),
        outputs=[
            _image_output(project_id, output)
            if output["type"] == "image"
            else logs(output["logs"], logs_id(step["id"], index, place), fold=ended)
            for place, output in enumerate(code["outputs"])
            if output["type"] != "image" or output["image"]["file_id"] not in shown
        ],
        files=[_made_file(project_id, file) for file in result.get("files", ())],
        reason="" if _end_with_reason(code["outputs"], reason) else reason,
        seconds=result.get("seconds"),
        edit_url=reverse("edit_code", args=[project_id, step["thread_id"], step["id"], index])
        if ended
        else "",
        tape=tape_mark(call),
    )


def search_card(step: WireObject, project_id: str, index: int) -> SearchCard:
    """Return the card of the step's file search at `index`."""
    call = step["step_details"]["tool_calls"][index]
    search, outcome = call[FILE_SEARCH], call.get(RESULT) or {}
    parts = outcome.get("parts") or ()
    found = [
        _found_chunk(step, project_id, result, rank, parts[rank - 1 : rank])
        for rank, result in enumerate(search.get("results") or (), 1)
    ]
    status = "error" if outcome.get("ended") == "error" else str(step["status"])
    fault = step.get("last_error") or {}
    return SearchCard(
        key=f"{step['id']}-{index}",
        state="running" if status == run_status.IN_PROGRESS else status,
        query=search.get("query", ""),
        found=found[:SHOWN_RESULTS],
        more=found[SHOWN_RESULTS:],
        reason=outcome.get("reason") or fault.get("message", ""),
        files=outcome.get("files", 0),
        tape=tape_mark(call),
    )


def _found_chunk(
    step: WireObject,
    project_id: str,
    result: WireObject,
    rank: int,
    parts: Sequence[tuple[float | None, float | None]],
) -> Found:
    mark = CITATION_MARK.fullmatch(result.get("mark", ""))
    similarity, text_score = parts[0] if parts else (None, None)
    return Found(
        rank,
        result["file_name"],
        result.get("page"),
        "\n".join(part["text"] for part in result.get("content") or ()),
        citation_url("citation", project_id, step["thread_id"], int(mark[1]), int(mark[2]))
        if mark
        else "",
        bool(parts),
        similarity,
        text_score,
    )


def _end_with_reason(outputs: Sequence[WireObject], reason: str) -> bool:
    # Outputs for the model end with the reason, which the card needn't repeat.
    return bool(outputs) and outputs[-1].get("logs", "").rstrip().endswith(reason)


def _state_of(step: WireObject, call: WireObject) -> str:
    if result := call.get(RESULT):
        return str(result["ended"])
    if step["status"] != run_status.IN_PROGRESS:
        return str(step["status"])
    # A call in the database is complete. Only live calls have the key.
    return "running" if call.get(RUNS, True) else "writing"


def code_html(code: str, *, whole: bool) -> SafeString:
    """Return Python code as HTML, with colours if it is `whole`."""
    # Half a string or bracket would colour all that follows, and change with every token.
    return coloured(code, "python" if whole else "")


def logs(text: str, element: str = "", *, fold: bool) -> Output:
    """Return what code wrote. Long logs are folded if `fold` is set."""
    lines = text.count("\n") + (not text.endswith("\n"))
    if not fold or (lines <= LONG_LINES and len(text) <= LONG_CHARACTERS):
        return Output("logs", element=element, text=text)
    tail = "".join(text.splitlines(keepends=True)[-TAIL_LINES:])[-TAIL_CHARACTERS:]
    return Output("logs", element=element, text=text, tail=tail, lines=lines)


def _image_output(project_id: str, output: WireObject) -> Output:
    file_id = output["image"]["file_id"]
    # The element's ID lets a message remove the image, because the message shows it itself.
    return Output("image", image=image_figure(project_id, file_id, element=picture_id(file_id)))


def _made_file(project_id: str, file: WireObject) -> MadeFile:
    if file["file_id"] is None:
        return MadeFile(file["name"], file["bytes"], reason=file["reason"])
    arguments = [project_id, file["file_id"]]
    return MadeFile(
        file["name"],
        file["bytes"],
        url=reverse("file_content", args=arguments),
        preview_url=reverse("file_preview", args=arguments),
    )


def pretty(text: str) -> str:
    """Return JSON with indentation, and any other text, such as growing JSON, unchanged."""
    try:
        shown = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
    # JSON may escape half an emoji, which no page can have.
    return shown.encode("utf-8", "replace").decode()


def pretty_object(value: WireObject) -> str:
    """Return a wire object as indented JSON, for people to read."""
    return json.dumps(value, indent=2, ensure_ascii=False)
