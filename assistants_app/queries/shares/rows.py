"""Reads of the rows that a share link shows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from assistants_app.domain import run_status
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.ids import sort_key
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.models import Message, Project, Run, RunStep, Thread
from assistants_app.models.people.shared_rows import SharedRows
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.runs.runs import steps_of_runs
from assistants_app.queries.shares.names import known_names
from assistants_app.queries.threads.spans import runs_behind

MOST_MESSAGES = 1000  # that one link shows


def shared_rows(
    thread: Thread,
    *,
    until_id: str = "",
    run_id: str = "",
    newest: bool = False,
    with_names: bool = False,
) -> SharedRows:
    """Return the thread's finished messages, with the tool calls that led to them.

    Only those up to the message `until_id`, or only the reply of the run `run_id` and the question
    before it. With `newest`, the last MOST_MESSAGES; without it, :class:`InvalidRequest` is raised
    for more. `with_names`: also the names of files. Makes the same number of queries however long
    the thread is.
    """
    messages = _messages(thread, until_id, run_id, newest)
    behind = runs_behind(messages) | ({run_id} if run_id else set())
    runs = list(Run.objects.filter(pk__in=behind).order_by("pk"))
    steps = [
        step
        for step in steps_of_runs(behind)
        if not until_id or step.thread_id != thread.id or sort_key(step.id) < sort_key(until_id)
    ]
    calls = [step for step in steps if step.type == "tool_calls" and _has_ended(step)]
    files = files_by_id(thread.project_id, set(_files_of(messages, calls)))
    return SharedRows(
        rows=_in_order(thread, messages, steps),
        runs=runs,
        authors=_authors(thread, messages, runs),
        files=files,
        file_names=[*_names_in(messages, calls), *known_names(thread)] if with_names else [],
    )


def _messages(thread: Thread, until_id: str, run_id: str, newest: bool) -> list[Message]:
    rows = Message.objects.filter(thread=thread).exclude(status=run_status.IN_PROGRESS)
    if run_id:
        return _of_run(rows, run_id)
    if until_id:
        rows = rows.filter(pk__lte=until_id)
    if newest:
        return list(rows.order_by("-pk")[:MOST_MESSAGES])[::-1]
    found = list(rows.order_by("pk")[: MOST_MESSAGES + 1])
    if len(found) > MOST_MESSAGES:
        raise InvalidRequest(
            f"A link shows up to {MOST_MESSAGES} messages, and this part of the thread has more. "
            "Choose an earlier message, or share one run.",
            param="part",
        )
    return found


def _of_run(rows: "QuerySet[Message]", run_id: str) -> list[Message]:
    replies = list(rows.filter(run_id=run_id).order_by("pk")[:MOST_MESSAGES])
    # The questions directly before the reply, without which nobody understands it.
    first = replies[0].id if replies else f"msg_{sort_key(run_id)}"
    questions = []
    for message in rows.filter(pk__lt=first).order_by("-pk")[:20]:
        if message.role != "user":
            break
        questions.append(message)
    return [*reversed(questions), *replies]


def _has_ended(step: RunStep) -> bool:
    return step.status != run_status.IN_PROGRESS


def _in_order(
    thread: Thread, messages: Sequence[Message], steps: Sequence[RunStep]
) -> list[Message | RunStep]:
    # The steps behind copies in a fork are older than the copies, so they come directly before the
    # copy of the message that they led to.
    led_to: dict[str, list[RunStep]] = {}
    earlier: defaultdict[str, list[RunStep]] = defaultdict(list)
    own: list[RunStep] = []
    for step in steps:
        if step.thread_id == thread.id:
            own += [step] if step.type == "tool_calls" and _has_ended(step) else []
        elif step.type == "tool_calls":
            earlier[step.run_id].append(step)
        else:
            original = step.step_details["message_creation"]["message_id"]
            led_to[original] = earlier.pop(step.run_id, [])
    ordered: list[tuple[str, int, Message | RunStep]] = [
        (sort_key(step.id), 0, step) for step in own
    ]
    for message in messages:
        for number, step in enumerate(led_to.get(message.copied_from_id or "", [])):
            ordered.append((sort_key(message.id), number - len(steps), step))
        ordered.append((sort_key(message.id), 0, message))
    return [row for _key, _number, row in sorted(ordered, key=lambda item: item[:2])]


def _authors(thread: Thread, messages: Iterable[Message], runs: Iterable[Run]) -> dict[str, str]:
    ids = {message.assistant_id for message in messages if message.assistant_id}
    ids |= {run.assistant_id for run in runs}
    return names_of_assistants(Project(pk=thread.project_id), ids) if ids else {}


def _files_of(messages: Iterable[Message], calls: Iterable[RunStep]) -> Iterator[str]:
    for message in messages:
        for item in message.attachments:
            yield item.get("file_id") or ""
        for part in message.content:
            yield part["image_file"]["file_id"] if part["type"] == "image_file" else ""
            for annotation in _annotations(part):
                yield annotation.get("file_path", {}).get("file_id") or ""
    for step in calls:
        for call in step.step_details["tool_calls"]:
            for output in call.get(CODE_INTERPRETER, {}).get("outputs") or ():
                yield output.get("image", {}).get("file_id") or ""
            for made in (call.get("result") or {}).get("files") or ():
                yield made.get("file_id") or ""


def _names_in(messages: Iterable[Message], calls: Iterable[RunStep]) -> Iterator[str]:
    """Yield the names that citations and the results of tool calls have kept."""
    for message in messages:
        for part in message.content:
            for annotation in _annotations(part):
                if mark := CITATION_MARK.fullmatch(annotation.get("text", "")):
                    yield mark[3].removeprefix("†")
    for step in calls:
        for call in step.step_details["tool_calls"]:
            for made in (call.get("result") or {}).get("files") or ():
                yield made["name"]
            for result in call.get(FILE_SEARCH, {}).get("results") or ():
                yield result["file_name"]


def _annotations(part: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return part["text"].get("annotations") or () if part["type"] == "text" else ()
