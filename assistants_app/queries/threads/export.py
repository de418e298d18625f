"""Reads of whole threads for export, which may be longer than memory allows."""

from collections.abc import Callable, Iterable, Iterator

from assistants_app.models import Message, Project, Run, Thread
from assistants_app.models.snapshots import ExportedThread
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.runs.runs import newest_runs
from assistants_app.queries.threads.threads import each_message, title_of

EXPORTED_RUNS = 10_000


def exported_threads(
    project: Project, threads: Iterable[Thread], picture: Callable[[str], str] = lambda file_id: ""
) -> Iterator[ExportedThread]:
    """Yield each of these threads with its messages and runs, which are read when iterated.

    `picture` returns the data URL of an image by the ID of its file, or "".
    """
    for thread in threads:
        title, messages, runs = title_of(thread), _named(project, thread), _runs(thread)
        yield ExportedThread(thread, title, messages, runs, picture)


def _named(project: Project, thread: Thread) -> Iterator[tuple[Message, str]]:
    names = {"": ""}
    for message in each_message(thread):
        author = message.assistant_id or ""
        if author not in names:
            names[author] = names_of_assistants(project, {author}).get(author, author)
        yield message, names[author]


def _runs(thread: Thread) -> Iterator[Run]:
    yield from reversed(newest_runs(thread, limit=EXPORTED_RUNS))
