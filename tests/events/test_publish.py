"""What the functions that publish append."""

import json

import pytest

from assistants_app.events import publish
from assistants_app.events.writer import Delta, writer
from assistants_app.wire.threads.messages import message_delta, refusal_delta, text_delta


@pytest.fixture
def deltas(monkeypatch: pytest.MonkeyPatch) -> list[Delta]:
    """The deltas that are published, instead of writing them."""
    given: list[Delta] = []
    monkeypatch.setattr(writer, "delta", lambda thread_id, delta: given.append(delta))
    return given


@pytest.mark.parametrize("text", ["tok ", 'a "quote"\n', "\0", "é 【", '", "value": "'])
def test_a_delta_of_a_message_is_the_vendors_object(deltas: list[Delta], text: str) -> None:
    annotations = [{"index": 0, "type": "file_path"}]
    publish.more_text("thread_1", "run_1", "msg_1", 2, text)
    publish.more_text("thread_1", "run_1", "msg_1", 2, text, annotations=[])
    publish.more_text("thread_1", "run_1", "msg_1", 2, text, annotations=annotations)
    publish.more_refusal("thread_1", "run_1", "msg_1", 2, text)
    assert [json.loads(delta.event().data) for delta in deltas] == [
        message_delta("msg_1", [part])
        for part in (
            text_delta(2, text),
            text_delta(2, text, []),
            text_delta(2, text, annotations),
            refusal_delta(2, text),
        )
    ]
