"""Tool calls as cards: one template each for history, live stream and reload."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from assistants_app.domain import run_status
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.rendering.components.badges import (
    ERR,
    OK,
    WARN,
    Badge,
    code_badge,
    search_badge,
)
from assistants_app.rendering.text.citations import citation_url
from assistants_app.rendering.text.markdown import coloured
from assistants_app.wire.runs.steps import RESULT

WireObject = Mapping[str, Any]
# That the code of a call is whole and runs: noted in a step that is folded from its events.
RUNS = "runs"
SHOWN_RESULTS = 5  # of a search; further ones are folded
LONG_LINES, LONG_CHARACTERS = 40, 8_000  # of logs; what is longer is folded
TAIL_LINES, TAIL_CHARACTERS = 10, 2_000  # of folded logs that show nevertheless


@dataclass(frozen=True, slots=True)
class Output:
    """`kind`: logs or image. Of long logs `tail` is their end, and `lines` how many they are."""

    kind: str
    element: str = ""
    text: str = ""
    tail: str = ""
    lines: int = 0
    image: SafeString = SafeString("")


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that code left behind. Without `url` it was not kept, for a `reason`."""

    name: str
    bytes: int
    url: str = ""
    preview_url: str = ""
    reason: str = ""


@dataclass(slots=True)
class CodeCard:
    """`state`: writing, running, ok, error, interrupted, killed, or how its step ended."""

    key: str
    state: str
    code: SafeString
    code_element: str
    outputs: list[Output]
    files: list[MadeFile] = field(default_factory=list)
    reason: str = ""
    seconds: float | None = None
    edit_url: str = ""

    @property
    def badge(self) -> Badge:
        return code_badge(self.state, self.seconds)


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that file search found. `url`: where it stands in its file."""

    name: str
    page: int | None
    score: float
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class SearchCard:
    """`state`: running, completed, error, or how else its step ended. `reason`: why nothing was
    searched, or not all.
    """

    key: str
    state: str
    query: str
    found: list[Found]
    more: list[Found]
    reason: str = ""

    @property
    def badge(self) -> Badge:
        return search_badge(self.state, len(self.found) + len(self.more))

    @property
    def reason_tone(self) -> str:
        """The colour of the reason: a search that ended well was only incomplete."""
        return WARN if self.state == run_status.COMPLETED else ERR

    @property
    def found_nothing(self) -> bool:
        return self.state == run_status.COMPLETED and not self.found


def code_id(step_id: str, index: int) -> str:
    """The element that the code of a step's call stands in."""
    return f"code-{step_id}-{index}"


def logs_id(step_id: str, index: int, place: int) -> str:
    """The element that an output of a step's call stands in."""
    return f"logs-{step_id}-{index}-{place}"


def file_url(project_id: str, file_id: str) -> str:
    """Where the site gives a file's bytes."""
    return reverse("file_content", args=[project_id, file_id])


def image_figure(project_id: str, file_id: str) -> SafeString:
    """An image of a message or of code, which opens large."""
    return figure(
        file_url(project_id, file_id), reverse("file_preview", args=[project_id, file_id])
    )


def figure(url: str, preview_url: str = "") -> SafeString:
    """The image at `url`, which opens large if there is a preview of it."""
    return SafeString(
        render_to_string("runs/_figure.html", {"url": url, "preview_url": preview_url}).strip()
    )


def render_calls(step: WireObject, project_id: str) -> SafeString:
    """The cards of a step that calls tools."""
    return render_to_string("runs/_calls.html", calls_context(step, project_id))


def calls_context(step: WireObject, project_id: str) -> dict[str, Any]:
    """What the template of a step's tool calls shows."""
    calls = step["step_details"]["tool_calls"]
    return {
        "step": step,
        "project_id": project_id,
        "calls": [_card(step, project_id, index, call) for index, call in enumerate(calls)],
    }


def call_name(call: WireObject) -> str:
    """What the run log calls it."""
    return str(call["function"]["name"] if call["type"] == FUNCTION else call["type"])


def _card(step: WireObject, project_id: str, index: int, call: WireObject) -> dict[str, Any]:
    if call["type"] == CODE_INTERPRETER:
        return {"code": code_card(step, project_id, index)}
    if call["type"] == FILE_SEARCH:
        return {"search": search_card(step, project_id, index)}
    if call["type"] != FUNCTION:
        return {
            "id": call["id"],
            "name": call["type"],
            "arguments": pretty(json.dumps(call)),
            "badge": _ended_badge(step),
        }
    function = call["function"]
    return {
        "id": call["id"],
        "name": function["name"],
        "function": True,
        "arguments": pretty(function["arguments"]),
        "output": function["output"],
        "by_mock": RESULT in call,
        "badge": _ended_badge(step),
    }


def _ended_badge(step: WireObject) -> Badge | None:
    """The badge of a call without an output whose step has ended."""
    status = step["status"]
    if status == run_status.IN_PROGRESS:
        return None
    return Badge(status, OK if status == run_status.COMPLETED else ERR)


def code_card(step: WireObject, project_id: str, index: int) -> CodeCard:
    """The card of the step's call of the code interpreter at `index`."""
    call = step["step_details"]["tool_calls"][index]
    code, result = call[CODE_INTERPRETER], call.get(RESULT) or {}
    state, reason = _state(step, call), result.get("reason", "")
    ended = state not in {"writing", "running"}
    return CodeCard(
        key=f"{step['id']}-{index}",
        state=state,
        code=code_html(code["input"], whole=state != "writing"),
        code_element=code_id(step["id"], index),
        outputs=[
            _image(project_id, output)
            if output["type"] == "image"
            else logs(output["logs"], logs_id(step["id"], index, place), fold=ended)
            for place, output in enumerate(code["outputs"])
        ],
        files=[_file(project_id, file) for file in result.get("files", ())],
        reason="" if _tells(code["outputs"], reason) else reason,
        seconds=result.get("seconds"),
        edit_url=reverse("edit_code", args=[project_id, step["thread_id"], step["id"], index])
        if ended
        else "",
    )


def search_card(step: WireObject, project_id: str, index: int) -> SearchCard:
    """The card of the step's call of file search at `index`."""
    call = step["step_details"]["tool_calls"][index]
    search, outcome = call[FILE_SEARCH], call.get(RESULT) or {}
    found = [_found(step, project_id, result) for result in search.get("results") or ()]
    status = "error" if outcome.get("ended") == "error" else str(step["status"])
    fault = step.get("last_error") or {}
    return SearchCard(
        key=f"{step['id']}-{index}",
        state="running" if status == run_status.IN_PROGRESS else status,
        query=search.get("query", ""),
        found=found[:SHOWN_RESULTS],
        more=found[SHOWN_RESULTS:],
        reason=outcome.get("reason") or fault.get("message", ""),
    )


def _found(step: WireObject, project_id: str, result: WireObject) -> Found:
    mark = CITATION_MARK.fullmatch(result.get("mark", ""))
    return Found(
        result["file_name"],
        result.get("page"),
        result["score"],
        "\n".join(part["text"] for part in result.get("content") or ()),
        citation_url("citation", project_id, step["thread_id"], int(mark[1]), int(mark[2]))
        if mark
        else "",
    )


def _tells(outputs: Sequence[WireObject], reason: str) -> bool:
    """Whether the outputs end with the reason anyway, as they do for the model."""
    return bool(outputs) and outputs[-1].get("logs", "").rstrip().endswith(reason)


def _state(step: WireObject, call: WireObject) -> str:
    if result := call.get(RESULT):
        return str(result["ended"])
    if step["status"] != run_status.IN_PROGRESS:
        return str(step["status"])
    # In the database a call that is there is written; only what streams in says so itself.
    return "running" if call.get(RUNS, True) else "writing"


def code_html(code: str, *, whole: bool) -> SafeString:
    """Python as HTML, with colours when it is whole."""
    return coloured(code, "python" if whole else "")


def logs(text: str, element: str = "", *, fold: bool) -> Output:
    """What code wrote; folded if it is long and `fold` says so."""
    lines = text.count("\n") + (not text.endswith("\n"))
    if not fold or (lines <= LONG_LINES and len(text) <= LONG_CHARACTERS):
        return Output("logs", element=element, text=text)
    tail = "".join(text.splitlines(keepends=True)[-TAIL_LINES:])[-TAIL_CHARACTERS:]
    return Output("logs", element=element, text=text, tail=tail, lines=lines)


def _image(project_id: str, output: WireObject) -> Output:
    return Output("image", image=image_figure(project_id, output["image"]["file_id"]))


def _file(project_id: str, file: WireObject) -> MadeFile:
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
    """JSON with indentation; anything else, such as JSON that is still growing, as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def pretty_object(value: WireObject) -> str:
    """A wire object as a person reads it."""
    return json.dumps(value, indent=2, ensure_ascii=False)
