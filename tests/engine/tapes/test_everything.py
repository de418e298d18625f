"""A thread with a function, code and a search, replayed after everything recorded is gone."""

from typing import Any

from assistants_app.domain.tapes.divergence import first_divergence
from assistants_app.models import Citation, File, Run
from assistants_app.queries.runs.tapes import path_of_run
from assistants_app.services.files.requests import delete_files
from assistants_app.services.threads.requests import delete_thread
from tests.cast import Cast
from tests.engine.tapes.taped import ODD, Interpreter, Taped, call, notes_of, shown_outputs
from tests.fakes.replies import Reply

PNG = b"\x89PNG\r\n\x1a\n a figure"
CODE = f"draw({PNG!r}); save('out.csv', b'1;2'); print('drawn')"
ALL: dict[str, Any] = {"code": "tape", "search": "tape"}


def replies(number: int, city: str = "Oslo", end: str = "") -> tuple[Reply, ...]:
    return (
        call("weather", f'{{"city": "{city}"}}'),
        call("file_search", '{"query": "rain"}'),
        call("code_interpreter", CODE),
        Reply(text=f"Rain【{number}:1†rain.txt】, see [it](sandbox:/mnt/data/out.csv).{end}"),
    )


def test_nothing_is_asked_and_the_model_sees_the_same(
    taped: Taped,
    cast: Cast,
    interpreter: Interpreter,
    searches: list[str],
) -> None:
    source, shown = record_source(taped, interpreter, searches)
    recorded = path_of_run(source)
    tape = taped.record(source)
    delete_files(project=cast.project, file_ids=[*File.objects.values_list("pk", flat=True)])
    delete_thread(project=cast.project, thread_id=source.thread_id)
    interpreter.ran.clear()
    searches.clear()

    # The new thread has searched before, so its marks have other numbers.
    thread = taped.thread()
    taped.run(thread, call("file_search", '{"query": "snow"}'), Reply(text="Snow."))
    searches.clear()
    run = taped.replay(tape, *replies(1), thread=thread, **ALL)
    assert (run.status, run.last_error) == ("completed", None)
    assert (interpreter.ran, searches, run.required_action) == ([], [], None)
    assert [note["position"] for note in notes_of(run)] == [0, 1, 2]
    function, found, drawn = shown_outputs(taped.scripted)[-3:]
    assert (function, drawn) == (ODD, shown[2])
    assert found == shown[1].replace("【0:", "【1:") != shown[1]
    # What it did is what was recorded, down to the passages that it cites.
    assert first_divergence(recorded, path_of_run(run)) is None


def record_source(
    taped: Taped, interpreter: Interpreter, searches: list[str]
) -> tuple[Run, list[str]]:
    """Run everything live once. Return the run, and what its model was shown."""
    source = taped.run(taped.thread(), *replies(0), answers=[ODD])
    assert (source.status, source.last_error) == ("completed", None)
    assert (interpreter.ran, searches) == ([CODE], ["rain"])
    return source, shown_outputs(taped.scripted)


def test_the_first_difference_is_found_between_a_run_and_its_replay(
    taped: Taped, interpreter: Interpreter, searches: list[str]
) -> None:
    source, _ = record_source(taped, interpreter, searches)
    tape = taped.record(source)
    recorded = path_of_run(source)

    def parts(run: Run) -> tuple[int, str] | None:
        found = first_divergence(recorded, path_of_run(run))
        return (found.place, found.kind) if found else None

    drifted = taped.replay(tape, *replies(0, "Bonn"), matching="in_order", **ALL)
    assert parts(drifted) == (0, "arguments")
    worded = taped.replay(tape, *replies(0, end=" Really."), **ALL)
    assert parts(worded) == (3, "text")
    missed = taped.replay(tape, *replies(0, "Bonn")[:1], **ALL)
    assert parts(missed) == (0, "arguments")
    # A live search that finds something else.
    Citation.objects.filter(thread=worded.thread).update(start=500)
    assert parts(worded) == (1, "output")
