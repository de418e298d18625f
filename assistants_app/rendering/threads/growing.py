"""Messages, reasoning and tool calls while they grow, and the operations that show their growth."""

from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext as _

from assistants_app.domain.tokens import estimate_tokens
from assistants_app.domain.tools import CODE_INTERPRETER, FUNCTION
from assistants_app.rendering.text.blocks import BlockStream
from assistants_app.rendering.threads.messages import render_reasoning
from assistants_app.rendering.tool_calls.cards import RUNS, code_id, logs_id, render_calls
from assistants_app.rendering.tool_calls.pictures import image_figure
from assistants_app.rendering.tool_calls.sealed import Look
from assistants_app.wire.runs.steps import RESULT

Operation = dict[str, Any]
ITEMS = "items"


class GrowingBody:
    """The body of a message that is being written."""

    def __init__(self, project_id: str, message_id: str) -> None:
        self._project_id = project_id
        self._live_id = f"live-{message_id}"
        self._stream = BlockStream()
        self._committed: list[str] = []
        self._images: list[str] = []

    def take(self, part: dict[str, Any]) -> None:
        """Add a part of a message's delta, without annotations."""
        # Annotations appear with the complete message, which replaces this body.
        match part["type"]:
            case "text":
                self._stream.feed(part["text"].get("value") or "")
            case "refusal":
                self._stream.feed(part["refusal"])
            case "image_file":
                self._images.append(image_figure(self._project_id, part["image_file"]["file_id"]))

    def operations(self) -> list[Operation]:
        """Return operations for the growth since the last call."""
        committed, self._images = self._images, []
        update = self._stream.flush()
        if update and update.committed:
            committed.append(str(update.committed))
        operations: list[Operation] = []
        if committed:
            self._committed += committed
            html = "".join(committed)
            # Ahead of the live part, which no longer contains these blocks.
            operations.append({"op": "before", "id": self._live_id, "html": html})
        if committed or (update and update.live is not None):
            html = str(self._stream.live)
            operations.append({"op": "inner", "id": self._live_id, "html": html})
        elif update and update.more:
            # Appended to its code, so that a long block isn't sent again with each frame.
            operations.append({"op": "append", "id": self._live_id, "text": update.more})
        return operations

    @property
    def html(self) -> str:
        """Return the HTML as of the last operations, with the element for further text."""
        live = f'<div class="live" id="{self._live_id}">{self._stream.live}</div>'
        return "".join(self._committed) + live


class GrowingTokens:
    """The tokens that the model has written in its current call, for the run log."""

    def __init__(self) -> None:
        self._count = 0.0
        self._shown = 0

    def take(self, *texts: str | None) -> None:
        self._count += sum(estimate_tokens(text) for text in texts if text)

    def restart(self) -> None:
        """Begin to count another model call."""
        self._count, self._shown = 0.0, 0

    def operations(self, *, again: bool) -> list[Operation]:
        """Return the operation that shows the number, if it has changed or is to be shown again."""
        count = round(self._count)
        if not count or (count == self._shown and not again):
            return []
        self._shown = count
        text = _("≈ %(count)s tok so far") % {"count": f"{count:,}"}
        return [{"op": "inner", "id": "tokens-so-far", "html": text}]


class GrowingReasoning:
    """A model's reasoning while it thinks: a row that is drawn once, and then appended to."""

    def __init__(self, reasoning_id: str) -> None:
        self._id = reasoning_id
        self._pieces: list[str] = []
        self._drawn = 0

    def take(self, text: str) -> None:
        self._pieces.append(text)

    def operations(self) -> list[Operation]:
        """What became of it since the last call."""
        drawn, self._drawn = self._drawn, len(self._pieces)
        if not drawn:
            return [self.row()]
        return [{"op": "append", "id": f"text-{self._id}", "text": "".join(self._pieces[drawn:])}]

    def row(self) -> Operation:
        """Return the operation that draws the row."""
        html = render_reasoning(self._id, "".join(self._pieces))
        return {"op": "upsert", "id": self._id, "into": ITEMS, "html": html}


class GrowingStep:
    """A step with tool calls while they are written and carried out.

    Growing text is appended. Any other change redraws the card.
    """

    def __init__(self, project_id: str, step: dict[str, Any], look: Look = Look.WHOLE) -> None:
        self.step = step
        self._project_id = project_id
        self._look = look
        self._redraw = False
        self._appended: dict[str, list[str]] = {}

    @property
    def calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.step["step_details"]["tool_calls"]
        return calls

    def take(self, delta: dict[str, Any]) -> None:
        """Add a call of a step's delta: a new call, or more of a call."""
        index = delta["index"]
        if index >= len(self.calls):
            call = {name: value for name, value in delta.items() if name != "index"}
            kind = call["type"]
            # A copy, because later deltas change it, and the event must stay as it is.
            self.calls.append({**call, kind: dict(call[kind]), RUNS: False})
            self._redraw = True
        elif delta["type"] == CODE_INTERPRETER:
            self._take_code(index, delta[CODE_INTERPRETER])
        elif delta["type"] == FUNCTION:
            # Redrawn rather than appended, because complete arguments are shown with indentation.
            self.calls[index]["function"]["arguments"] += delta["function"]["arguments"]
            self._redraw = True

    def runs(self, index: int) -> None:
        """Note that the code of this call is complete and runs."""
        self._set_on_call(index, RUNS, True)

    def ended(self, index: int, result: dict[str, Any]) -> None:
        """Note the result of this call."""
        self._set_on_call(index, RESULT, result)

    def end(self, step: dict[str, Any]) -> Operation:
        """Return the operation that draws the step as it ended."""
        # `step` is as in the API, which has no results, so keep the noted ones.
        results = [{RESULT: call[RESULT]} if RESULT in call else {} for call in self.calls]
        calls = step["step_details"]["tool_calls"]
        whole = [{**call, **result} for call, result in zip(calls, results, strict=False)]
        self.step = {
            **step,
            "step_details": {**step["step_details"], "tool_calls": whole + calls[len(whole) :]},
        }
        return self.card()

    def operations(self) -> list[Operation]:
        """Return operations for the changes since the last call."""
        redraw, self._redraw = self._redraw, False
        appended, self._appended = self._appended, {}
        if redraw:
            return [self.card()]
        return [
            {"op": "append", "id": element, "text": "".join(texts)}
            for element, texts in appended.items()
        ]

    def card(self) -> Operation:
        """Return the operation that draws the cards."""
        html = render_calls(self.step, self._project_id, look=self._look)
        return {"op": "upsert", "id": self.step["id"], "into": ITEMS, "html": html}

    def _take_code(self, index: int, more: dict[str, Any]) -> None:
        call = self.calls[index][CODE_INTERPRETER]
        if written := more.get("input"):
            call["input"] += written
            self._append_to(code_id(self.step["id"], index), written)
        for output in more.get("outputs") or ():
            place = output["index"]
            if place >= len(call["outputs"]):
                call["outputs"].append(
                    {name: value for name, value in output.items() if name != "index"}
                )
                self._redraw = True
            elif output["type"] == "logs":
                call["outputs"][place]["logs"] += output["logs"]
                self._append_to(logs_id(self.step["id"], index, place), output["logs"])

    def _append_to(self, element: str, text: str) -> None:
        self._appended.setdefault(element, []).append(text)

    def _set_on_call(self, index: int, name: str, value: Any) -> None:
        if index < len(self.calls):
            self.calls[index][name] = value
            self._redraw = True


def activity_operations(activity: str) -> list[Operation]:
    """Return operations that show this in the row of the current run, if the page has it."""
    return [{"op": "inner", "id": "activity", "html": escape(activity)}] if activity else []
