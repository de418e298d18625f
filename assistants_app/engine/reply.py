"""The message that a turn writes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from assistants_app.engine.annotated_text import AnnotatedText, Piece
from assistants_app.engine.annotations import Sources
from assistants_app.events import publish
from assistants_app.models import Message, Run, RunStep
from assistants_app.services.runs import held
from assistants_app.wire.threads.messages import image_part, refusal_part, text_part

PARTS = {"text": text_part, "refusal": refusal_part, "image_file": image_part}


@dataclass(slots=True)
class _Part:
    """A part of the message. `pieces` and `annotations` are what readers have seen of it."""

    kind: str
    text: AnnotatedText
    pieces: list[str] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)

    def content(self) -> dict[str, Any]:
        content = PARTS[self.kind]("".join(self.pieces))
        if self.kind == "text":
            content["text"]["annotations"] += self.annotations
        return content


class Reply:
    """A message from its first token to its last, with the step that creates it."""

    def __init__(self, run: Run) -> None:
        self.message: Message | None = None
        self.step: RunStep | None = None
        self._run = run
        self._images: list[str] = []
        self._sources = Sources(run.thread_id)
        self._parts: list[_Part] = []

    def begin_with(self, images: Iterable[str]) -> None:
        """Let the message start with figures, given their ids, if the model writes one."""
        self._images = list(images)

    def open(self, reasoning: dict[str, str] | None) -> RunStep:
        """Create the message and its step, and return the step."""
        self.message, self.step = held.open_message(run=self._run, reasoning=reasoning)
        for file_id in self._images:
            part = {"index": len(self._parts), **image_part(file_id)}
            grown = publish.message_grew(self.message.id, self._run.id, part)
            publish.publish(self._run.thread_id, [grown])
            self._begin("image_file").pieces.append(file_id)
        self._images = []
        return self.step

    def writes_at_once(self, kind: str, text: str) -> bool:
        """Return whether :meth:`write` needs neither the database nor the event log's answer."""
        if not self._parts or self._parts[-1].kind != kind:
            return False
        return kind != "text" or not self._parts[-1].text.may_refer(text)

    def write(self, kind: str, text: str) -> None:
        """Publish another piece of the open message; `kind` is ``text`` or ``refusal``."""
        if not self._parts or self._parts[-1].kind != kind:
            self.finish()
            self._begin(kind)
        part = self._parts[-1]
        for piece in part.text.write(text) if kind == "text" else [Piece(text)]:
            self._publish(part, piece)

    def finish(self) -> None:
        """Publish what is still held back: no more text comes."""
        if self._parts:
            for piece in self._parts[-1].text.end():
                self._publish(self._parts[-1], piece)

    def texts(self) -> dict[str, list[dict[str, Any]]]:
        """Return the published content of the open message by its id, or an empty dict without one.

        Its form is that of the vendor's message object.
        """
        return {self.message.id: self._content()} if self.message else {}

    def opened(self) -> tuple[Message | RunStep, ...]:
        """Return the open message and its step, or an empty tuple without one."""
        return (self.message, self.step) if self.message and self.step else ()

    def close(self) -> None:
        """Complete the message, since the model has started to call tools."""
        assert self.message is not None
        assert self.step is not None
        self.finish()
        held.close_message(
            run=self._run, message=self.message, step=self.step, content=self._content()
        )
        self.message = self.step = None
        self._parts = []

    def _content(self) -> list[dict[str, Any]]:
        return [part.content() for part in self._parts]

    def _begin(self, kind: str) -> _Part:
        self._parts.append(_Part(kind, AnnotatedText(self._sources)))
        return self._parts[-1]

    def _publish(self, part: _Part, piece: Piece) -> None:
        assert self.message is not None
        place = len(self._parts) - 1
        target = self._run.thread_id, self._run.id, self.message.id, place
        if part.kind == "refusal":
            publish.more_refusal(*target, piece.text)
        else:
            annotations: list[dict[str, Any]] | None = None if part.pieces else []
            if piece.annotation:
                annotations = [{"index": len(part.annotations), **piece.annotation}]
                part.annotations.append(piece.annotation)
            publish.more_text(*target, piece.text, annotations=annotations)
        part.pieces.append(piece.text)
