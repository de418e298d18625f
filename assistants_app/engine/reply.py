"""The message that a turn writes."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from assistants_app.engine.annotations import annotations_of
from assistants_app.events import publish
from assistants_app.models import Message, Run, RunStep
from assistants_app.queries.connections import release_connection
from assistants_app.services.runs import held
from assistants_app.wire.threads.messages import (
    annotation_delta,
    image_part,
    refusal_part,
    text_part,
)

PARTS = {"text": text_part, "refusal": refusal_part, "image_file": image_part}


class Reply:
    """A message from its first token to its last, with the step that creates it.

    `images` are the ids of figures that the message starts with.
    """

    def __init__(self, run: Run, images: Iterable[str] = ()) -> None:
        self.message: Message | None = None
        self.step: RunStep | None = None
        self._run = run
        self._images = list(images)
        self._parts: list[tuple[str, list[str]]] = []
        self._annotations: dict[int, list[dict[str, Any]]] = {}

    def open(self, reasoning: dict[str, str] | None) -> RunStep:
        """Create the message and its step, and return the step."""
        self.message, self.step = held.open_message(run=self._run, reasoning=reasoning)
        self.step.first_token_at = timezone.now()
        release_connection()
        for file_id in self._images:
            self._publish({"index": len(self._parts), **image_part(file_id)})
            self._parts.append(("image_file", [file_id]))
        self._images = []
        return self.step

    def write(self, kind: str, text: str) -> None:
        """Publish another piece of the open message; `kind` is ``text`` or ``refusal``."""
        assert self.message is not None
        if not self._parts or self._parts[-1][0] != kind:
            self._parts.append((kind, []))
        self._parts[-1][1].append(text)
        more = publish.more_text if kind == "text" else publish.more_refusal
        more(self._run.thread_id, self._run.id, self.message.id, len(self._parts) - 1, text)

    def annotate(self) -> None:
        """Publish the annotations of the complete text."""
        # Only now, because a citation's mark can span several deltas.
        for index, (kind, pieces) in enumerate(self._parts):
            if kind == "text":
                self._annotations[index] = annotations_of(self._run, "".join(pieces))
                for place, annotation in enumerate(self._annotations[index]):
                    self._publish(annotation_delta(index, place, annotation))

    def content(self) -> list[dict[str, Any]]:
        """Return the content so far, in the form of the vendor's message object."""
        content = [PARTS[kind]("".join(pieces)) for kind, pieces in self._parts]
        for index, annotations in self._annotations.items():
            content[index]["text"]["annotations"] += annotations
        return content

    def texts(self) -> dict[str, list[dict[str, Any]]]:
        """Return the content of the open message by its id, or an empty dict without one."""
        return {self.message.id: self.content()} if self.message else {}

    def close(self) -> None:
        """Complete the message, since the model has started to call tools."""
        assert self.message is not None
        assert self.step is not None
        self.annotate()
        held.close_message(
            run=self._run, message=self.message, step=self.step, content=self.content()
        )
        self.message = self.step = None
        self._parts, self._annotations = [], {}

    def _publish(self, part: dict[str, Any]) -> None:
        assert self.message is not None
        grown = publish.message_grew(self.message.id, self._run.id, part)
        publish.publish(self._run.thread_id, [grown])
