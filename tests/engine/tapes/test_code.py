"""Code from the tape, live, and live after the session was rebuilt."""

from dataclasses import dataclass
from typing import Any

import pytest

from assistants_app.domain.tapes.policy import LIVE
from assistants_app.models import CodeSession, File, Message, Run, SessionFile, Tape
from assistants_app.queries.runs.tapes import misses_of_run
from assistants_app.sandbox.protocol import FileRefused
from assistants_app.services.files.requests import delete_files
from assistants_app.services.threads.requests import delete_thread
from assistants_app.storage.byte_store import byte_store
from tests.cast import Cast
from tests.engine.tapes.taped import (
    Interpreter,
    Taped,
    call,
    calls_of,
    notes_of,
    reply_of,
    shown_outputs,
)
from tests.fakes.replies import Reply

PNG = b"\x89PNG\r\n\x1a\n a figure"
FIRST = f"x = 41; print('set'); draw({PNG!r}); save('out/data.csv', b'a;b')"
SECOND = "print(x, read('in.txt'))"


@dataclass(frozen=True)
class Recorded:
    run: Run
    tape: Tape


def code(text: str) -> Reply:
    # Bare code, as some models write it.
    return call("code_interpreter", text)


def bytes_of(file_id: str) -> bytes:
    return b"".join(byte_store().read(file_id))


@pytest.fixture
def recorded(taped: Taped, interpreter: Interpreter) -> Recorded:
    """Two calls of code: the first made a figure and a file, and the second read one."""
    thread = taped.thread()
    taped.attach(thread, "in.txt", b"given")
    run = taped.run(
        thread, code(FIRST), code(SECOND), Reply(text="See [it](sandbox:/mnt/data/out/data.csv).")
    )
    assert run.status == "completed", run.last_error
    tape = taped.record(run)
    interpreter.ran.clear()
    return Recorded(run, tape)


def test_outputs_come_from_the_tape_after_the_originals_are_deleted(
    taped: Taped, recorded: Recorded, cast: Cast, trapped: list[str]
) -> None:
    original = recorded.run
    shown = shown_outputs(taped.scripted)
    delete_files(project=cast.project, file_ids=[*File.objects.values_list("pk", flat=True)])
    delete_thread(project=cast.project, thread_id=original.thread_id)
    run = taped.replay(
        recorded.tape,
        code(FIRST),
        code(SECOND),
        Reply(text="See [it](sandbox:/mnt/data/out/data.csv)."),
        code="tape",
    )
    assert run.status == "completed", run.last_error
    assert trapped == []
    assert shown_outputs(taped.scripted) == shown
    assert "41 b'given'" in shown[-1]
    first, _ = calls_of(run)
    logs, image = first["code_interpreter"]["outputs"]
    assert logs["logs"] == "set\n"
    assert bytes_of(image["image"]["file_id"]) == PNG
    [made] = first["result"]["files"]
    assert (made["name"], bytes_of(made["file_id"])) == ("out/data.csv", b"a;b")
    # The reply shows the figure and links to the copy.
    message = Message.objects.get(run_id=run.id)
    assert message.content[0]["image_file"]["file_id"] == image["image"]["file_id"]
    [link] = message.content[1]["text"]["annotations"]
    assert link["file_path"]["file_id"] == made["file_id"]
    assert SessionFile.objects.get(thread=run.thread).file_id == made["file_id"]
    assert not CodeSession.objects.filter(thread=run.thread).exists()


def test_a_miss_fails_without_a_request_if_nothing_may_run_live(
    taped: Taped, recorded: Recorded, trapped: list[str]
) -> None:
    for on_miss in ("fail", "ask", "mock"):
        run = taped.replay(
            recorded.tape, code(FIRST), code("print('new')"), code="tape", on_miss=on_miss
        )
        assert run.status == "failed"
        assert run.last_error["message"] == "The tape has no output for this code."
        assert misses_of_run(run) == [run.last_error["message"]]
        last = calls_of(run)[-1]
        assert last["code_interpreter"]["input"] == "print('new')"
        assert last["result"]["reason"] == run.last_error["message"]
    assert trapped == []


def test_a_live_miss_runs_the_recorded_code_first(
    taped: Taped, recorded: Recorded, interpreter: Interpreter
) -> None:
    run = taped.replay(
        recorded.tape,
        code(FIRST),
        code("y = x + 1; print(y)"),
        code(SECOND),
        code("print(y, x, read('in.txt'))"),
        Reply(text="42"),
        code="tape",
        on_miss=LIVE,
    )
    assert run.status == "completed", run.last_error
    # Each recorded call once, and only those that this thread has seen.
    assert interpreter.ran == [
        FIRST,
        "y = x + 1; print(y)",
        SECOND,
        "print(y, x, read('in.txt'))",
    ]
    assert shown_outputs(taped.scripted)[1::2] == ["42", "42 41 b'given'"]
    assert [note.get("rebuilt") for note in notes_of(run)] == [
        None,
        [{"position": 0, "ended": "ok"}],
        None,
        [{"position": 1, "ended": "ok"}],
    ]
    # The input comes from the tape, since this thread has no such file.
    assert interpreter.given[-4] == ["in.txt"]
    # The figure and the file were made once, by the replay.
    assert File.objects.filter(filename="data.csv").count() == 2
    # It is one session, which is charged for.
    run.refresh_from_db()
    assert (CodeSession.objects.filter(thread=run.thread).count(), run.usage["code_sessions"]) == (
        1,
        1,
    )


def test_a_rebuild_that_fails_is_shown_to_the_model(
    taped: Taped, recorded: Recorded, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = [FileRefused("The disk is full.")]

    def execute(*args: Any, **options: Any) -> Any:
        if refused:
            raise refused.pop()
        return real(*args, **options)

    real = interpreter.execute
    monkeypatch.setattr(interpreter, "execute", execute)
    run = taped.replay(
        recorded.tape,
        code(FIRST),
        code("print(x)"),
        code("print(x + 1)"),
        Reply(text="42"),
        code="tape",
        on_miss=LIVE,
    )
    assert run.status == "completed", run.last_error
    first, second = shown_outputs(taped.scripted)[1:]
    assert first == "Error: Couldn't put a file into the session: The disk is full."
    assert second == "42"
    # What failed is tried again.
    assert interpreter.ran == [FIRST, "print(x + 1)"]
    assert calls_of(run)[1]["result"]["reason"].endswith("The disk is full.")


def test_a_later_run_rebuilds_what_earlier_runs_replayed(
    taped: Taped, recorded: Recorded, interpreter: Interpreter
) -> None:
    thread = taped.thread()
    policy: dict[str, Any] = {"code": "tape", "on_miss": LIVE}
    taped.replay(recorded.tape, code(FIRST), Reply(text="Set."), thread=thread, **policy)
    assert interpreter.ran == []
    run = taped.replay(
        recorded.tape, code("print(x * 2)"), Reply(text="82"), thread=thread, **policy
    )
    assert interpreter.ran == [FIRST, "print(x * 2)"]
    assert shown_outputs(taped.scripted)[-1] == "82"
    assert reply_of(run) == "82"


def test_code_runs_live_by_default(
    taped: Taped, recorded: Recorded, interpreter: Interpreter
) -> None:
    run = taped.replay(recorded.tape, code("print(1)"), Reply(text="1"))
    assert (run.status, interpreter.ran, notes_of(run)) == ("completed", ["print(1)"], [None])


def test_in_order_shows_the_variants_own_code(
    taped: Taped, recorded: Recorded, trapped: list[str]
) -> None:
    run = taped.replay(
        recorded.tape,
        code("print('mine')"),
        Reply(text="Set."),
        code="tape",
        matching="in_order",
    )
    [made] = calls_of(run)
    assert made["code_interpreter"]["input"] == "print('mine')"
    assert made["code_interpreter"]["outputs"][0]["logs"] == "set\n"
    assert made["result"]["tape"]["drift"][0]["given"] == "print('mine')"
    assert trapped == []


def test_arguments_without_code_ask_nobody(
    taped: Taped, recorded: Recorded, trapped: list[str]
) -> None:
    run = taped.replay(
        recorded.tape,
        call("code_interpreter", '{"cod": 1}'),
        code(FIRST),
        Reply(text="Set."),
        code="tape",
    )
    assert run.status == "completed"
    assert shown_outputs(taped.scripted)[0].startswith("Error: The arguments must be JSON")
    assert trapped == []
    # The mistake is no answer of the tool, so a tape of it has one call.
    assert taped.record(run).calls.count() == 1


def test_files_that_were_gone_before_the_recording_are_shown_as_missing(
    taped: Taped, recorded: Recorded, cast: Cast, trapped: list[str]
) -> None:
    made = calls_of(recorded.run)[0]["result"]["files"][0]["file_id"]
    delete_files(project=cast.project, file_ids=[made])
    tape = taped.record(recorded.run)
    run = taped.replay(tape, code(FIRST), Reply(text="Set."), code="tape")
    [shown] = calls_of(run)[0]["result"]["files"]
    assert (shown["file_id"], shown["reason"]) == (None, "the recording has no copy of it")
