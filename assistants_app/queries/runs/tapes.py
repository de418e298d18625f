"""Reads of tapes, of what runs have used of them, and of what runs did."""

from collections.abc import Mapping
from typing import Any

from assistants_app.domain import run_status
from assistants_app.domain.errors import NotFound
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tapes.calls import RecordedCall, RecordedFile, RecordedTape
from assistants_app.domain.tapes.divergence import TEXT, Cited, Path, Place, Taken
from assistants_app.domain.tapes.steps import Note, notes_of_steps, places_found, text_of_call
from assistants_app.domain.words.written import written_text
from assistants_app.models import (
    Citation,
    Message,
    Project,
    ProviderCall,
    Run,
    RunStep,
    Tape,
    TapeCall,
    TapeFile,
)
from assistants_app.queries.runs.provider_calls import call_of_step
from assistants_app.queries.runs.runs import steps_of_runs

# Runs of a thread that a what-if records, so that a copy of a long thread has an end.
MOST_RECORDED = 50


def get_tape(project: Project, tape_id: str) -> Tape:
    """Return the tape. Raises :class:`NotFound`."""
    tape = Tape.objects.filter(project=project, pk=tape_id).first()
    if tape is None:
        raise NotFound("tape", tape_id)
    return tape


def recorded_tape(tape_id: str | None) -> RecordedTape:
    """Return the calls and files of the tape, which are none if it was deleted."""
    if tape_id is None:
        return RecordedTape()
    calls = TapeCall.objects.filter(tape_id=tape_id).order_by("position")
    files = list(TapeFile.objects.filter(tape_id=tape_id))
    return RecordedTape(
        [RecordedCall(call.position, call.tool, call.name, **call.content) for call in calls],
        {row.file_id: _recorded_file(row) for row in files if not row.input_name},
        {row.input_name: _recorded_file(row) for row in files if row.input_name},
    )


def _recorded_file(row: TapeFile) -> RecordedFile:
    return RecordedFile(row.id, row.filename, row.bytes, row.sha256)


def notes_on_tape(run: Run) -> list[Note]:
    """Return what the calls of the run's thread have stored about the run's tape, oldest first.

    Earlier runs of the thread on the same tape count: each recorded call answers once. So do the
    recorded runs that the thread, a fork, begins with copies of.
    """
    runs = Run.objects.filter(
        thread_id=run.thread_id, tape_id=run.tape_id, tape_policy__isnull=False
    )
    steps = RunStep.objects.filter(
        run_id__in=runs.values("pk"),
        type="tool_calls",
        # No model sees the calls of a step that failed, and its run makes them again.
        status__in=(run_status.COMPLETED, run_status.IN_PROGRESS),
    )
    own = notes_of_steps(steps.order_by("pk").values_list("step_details", flat=True))
    return [*_notes_of_copies(run), *own]


def _notes_of_copies(run: Run) -> list[Note]:
    copies = Message.objects.filter(thread_id=run.thread_id, copied_run_id__isnull=False)
    calls = TapeCall.objects.filter(tape_id=run.tape_id, run_id__in=copies.values("copied_run_id"))
    places = calls.order_by("position").values_list("position", flat=True)
    return [{"position": place} for place in places]


def runs_to_record(run: Run) -> list[str]:
    """Return the IDs of the run and of those after it in its thread that have ended."""
    rows = Run.objects.filter(
        thread_id=run.thread_id, pk__gte=run.id, status__in=run_status.TERMINAL
    )
    return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_RECORDED])


def question_before(run_id: str, earlier_id: str) -> str:
    """Return what users wrote in a thread between the run `earlier_id` and the later `run_id`.

    Return "" if a run has written nothing, because its place in the thread isn't known.
    """
    last = Message.objects.filter(run_id=earlier_id).order_by("pk").last()
    first = Message.objects.filter(run_id=run_id).order_by("pk").first()
    if last is None or first is None:
        return ""
    between = Message.objects.filter(
        thread_id=last.thread_id, pk__gt=last.pk, pk__lt=first.pk, role="user"
    )
    return "\n\n".join(
        filter(None, (written_text(message.content) for message in between.order_by("pk")))
    )


def misses_of_run(run: Run) -> list[str]:
    """Return why recorded calls didn't answer calls of the run, oldest first."""
    notes = notes_of_steps(step.step_details for step in steps_of_runs({run.id}))
    return [str(note["missed"]) for note in notes if "missed" in note]


def path_of_run(run: Run) -> Path:
    """Return what the run did, step by step, with what its marks cite."""
    steps = steps_of_runs({run.id})
    messages = {row.id: row for row in Message.objects.filter(run_id=run.id)}
    columns = ("number", "place", "file_id", "start", "end")
    rows = Citation.objects.filter(thread_id=run.thread_id).values_list(*columns)
    cited = {(number, place): (file, start, end) for number, place, file, start, end in rows}
    taken: list[Taken] = []
    for step in steps:
        if step.type == "tool_calls":
            taken += [_taken_call(step, call, cited) for call in step.step_details["tool_calls"]]
            continue
        message = messages.get(step.step_details["message_creation"]["message_id"])
        taken.append(Taken(step.id, TEXT, text=written_text(message.content) if message else ""))
    return Path(taken, cited)


def _taken_call(step: RunStep, call: dict[str, Any], cited: Mapping[Place, Cited]) -> Taken:
    text = text_of_call(call, step.shown_to_model)
    found = tuple(cited[place] for place in places_found(call) if place in cited)
    return Taken(step.id, text.tool, text.name, text.arguments, text.output, found=found)


def cited_in(thread_id: str, text: str) -> list[Citation]:
    """Return what the marks in a reply of the thread cite, in the order of the marks."""
    places = [(int(mark[1]), int(mark[2])) for mark in CITATION_MARK.finditer(text)]
    rows = Citation.objects.filter(thread_id=thread_id, number__in={number for number, _ in places})
    by_place = {(row.number, row.place): row for row in rows}
    return [by_place[place] for place in places if place in by_place]


def request_of(run: Run, path: Path, place: int) -> ProviderCall | None:
    """Return the model call that led to the step at `place`, or to the last one if it's later.

    Return None without a step, and if the call isn't stored any more.
    """
    if not path.steps:
        return None
    taken = path.steps[min(place, len(path.steps) - 1)]
    step = RunStep.objects.filter(run=run, pk=taken.step_id).first()
    return call_of_step(step) if step else None


def living_sources(run: Run) -> list[Run]:
    """Return the runs that the run's tape was recorded from, as far as they still exist."""
    if run.tape is None:
        return []
    rows = Run.objects.filter(project_id=run.project_id, pk__in=run.tape.source_run_ids)
    return list(rows.order_by("pk"))
