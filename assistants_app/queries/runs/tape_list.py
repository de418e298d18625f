"""Reads of a project's tapes: what is on them, and what uses them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Sum, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Length

from assistants_app.domain.lists import PageParams
from assistants_app.models import (
    Comparison,
    Project,
    Run,
    Tape,
    TapeCall,
    TapeFile,
    TestRow,
    TestSet,
    Thread,
    WorkingRow,
)
from assistants_app.queries.pages import Page, read_page
from assistants_app.queries.sealing import without_sealed

NO_CALLS: Mapping[str, int] = {}
AT_ONCE = 50  # calls that are read together


@dataclass(frozen=True, slots=True)
class ListedTape:
    """A tape.

    `calls`: the number of its calls, by function or tool. `size`: bytes of calls and files.
    `thread_exists`: whether the thread that it was recorded from is there for this reader. What
    uses it: `comparisons`, `sets` with the numbers of their rows, which are 0 if only versions have
    them, and `runs`.
    """

    tape: Tape
    calls: Mapping[str, int] = field(default_factory=dict)
    files: int = 0
    size: int = 0
    thread_exists: bool = False
    comparisons: Sequence[Comparison] = ()
    sets: Sequence[tuple[TestSet, int]] = ()
    runs: int = 0

    @property
    def is_used(self) -> bool:
        """Return whether anything would miss it."""
        return bool(self.comparisons or self.sets or self.runs)


def list_tapes(project: Project, page: PageParams) -> Page[ListedTape]:
    """Return a page of the project's tapes, newest first, with the same number of queries for each
    page.
    """
    found = read_page(Tape.objects.filter(project=project).select_related("author"), page)
    return Page(_listed(project, found.items), found.has_more)


def listed_tape(project: Project, tape: Tape) -> ListedTape:
    """Return a tape as the list has it."""
    return _listed(project, [tape])[0]


def choosable_tapes(project: Project, most: int) -> list[Tape]:
    """Return the newest tapes that were recorded under a name."""
    return list(Tape.objects.filter(project=project).exclude(name="").order_by("-pk")[:most])


def calls_of_tape(tape: Tape, after: int, most: int) -> list[TapeCall]:
    """Return calls of the tape in their order, from the position after this one on."""
    rows = TapeCall.objects.filter(tape=tape, position__gt=after).order_by("position")
    return list(rows[:most])


def calls_in_order(tape: Tape) -> Iterator[TapeCall]:
    """Yield all calls of the tape in their order, some at a time: outputs can be long."""
    after = -1
    while batch := calls_of_tape(tape, after, AT_ONCE):
        yield from batch
        after = batch[-1].position


def files_of_tape(tape: Tape) -> list[TapeFile]:
    """Return the copies of files that the tape has."""
    return list(TapeFile.objects.filter(tape=tape).order_by("pk"))


def _listed(project: Project, tapes: Sequence[Tape]) -> list[ListedTape]:
    ids = [tape.id for tape in tapes]
    calls, size = _calls_of(ids)
    of_files = TapeFile.objects.filter(tape__in=ids).order_by().values_list("tape")
    files = {tape_id: row for tape_id, *row in of_files.annotate(Count("pk"), Sum("bytes"))}
    there = _threads_there(project, tapes)
    comparisons: dict[str | None, list[Comparison]] = {}
    for comparison in Comparison.objects.filter(tape__in=ids).order_by("pk"):
        comparisons.setdefault(comparison.tape_id, []).append(comparison)
    sets = _sets_with(project, ids)
    of_runs = Run.objects.filter(tape__in=ids).order_by().values_list("tape")
    runs = dict(of_runs.annotate(Count("pk")))

    def listed(tape: Tape) -> ListedTape:
        count, length = files.get(tape.id, (0, 0))
        return ListedTape(
            tape=tape,
            calls=calls.get(tape.id, NO_CALLS),
            files=count,
            size=size[tape.id] + length,
            thread_exists=tape.source_thread_id in there,
            comparisons=comparisons.get(tape.id, ()),
            sets=sets.get(tape.id, ()),
            runs=runs.get(tape.id, 0),
        )

    return [listed(tape) for tape in tapes]


def _calls_of(ids: Sequence[str]) -> tuple[dict[str, dict[str, int]], Counter[str]]:
    """Return the numbers of the tapes' calls by name, and their sizes."""
    calls: dict[str, dict[str, int]] = {}
    size: Counter[str] = Counter()
    rows = TapeCall.objects.filter(tape__in=ids).order_by().values_list("tape", "name")
    length = Sum(Length(Cast("content", TextField())))
    for tape_id, name, count, characters in rows.annotate(count=Count("pk"), length=length):
        calls.setdefault(tape_id, {})[name] = count
        size[tape_id] += characters
    return calls, size


def _threads_there(project: Project, tapes: Sequence[Tape]) -> set[str]:
    rows = Thread.objects.filter(project=project, pk__in={tape.source_thread_id for tape in tapes})
    return set(without_sealed(rows, "pk").values_list("pk", flat=True))


def _sets_with(project: Project, ids: Sequence[str]) -> dict[str, list[tuple[TestSet, int]]]:
    rows = WorkingRow.objects.filter(test_set__project=project).annotate(
        on_tape=KeyTextTransform("tape", "row__content")
    )
    counts = dict[tuple[str, str], int]()
    found = rows.filter(on_tape__in=ids).order_by().values_list("on_tape", "test_set")
    for on_tape, set_id, count in found.annotate(Count("pk")):
        counts[on_tape, set_id] = count
    # Rows that only versions have keep their tapes, too.
    named = TestRow.objects.filter(test_set__project=project, tape__in=ids)
    for tape_id, set_id in named.values_list("tape_id", "test_set_id").distinct():
        counts.setdefault((str(tape_id), set_id), 0)
    sets = TestSet.objects.in_bulk({set_id for _, set_id in counts})
    by_tape: dict[str, list[tuple[TestSet, int]]] = {}
    for (tape_id, set_id), count in counts.items():
        by_tape.setdefault(tape_id, []).append((sets[set_id], count))
    return by_tape
