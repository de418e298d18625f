"""Which file is indexed next: projects and stores take turns, and small files don't wait."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from assistants_app import pace
from assistants_app.domain import index_status
from assistants_app.engine.indexing_slots import Slots
from assistants_app.models import Project, VectorStore, VectorStoreFile
from assistants_app.queries.stores.waiting import REMEMBERED, Turns
from assistants_app.services.stores import attachments, indexing
from assistants_app.services.stores import requests as vector_stores
from assistants_app.wire.stores.stores import FileBatchCreateParams, VectorStoreCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast, make_file

LARGE = 600_000  # bytes
TINY = 25
owners = count(1)


@pytest.fixture
def slots() -> Slots:
    slots = Slots()
    slots.number = 4
    return slots


def file_ids(project: Project, count: int, size: int) -> list[str]:
    return [make_file(project, b"x", bytes=size).id for _ in range(count)]


def store_of(project: Project, count: int = 0, size: int = LARGE) -> VectorStore:
    """Create a store with `count` waiting files of `size` bytes."""
    params = parse(VectorStoreCreateParams, {"file_ids": file_ids(project, count, size)})
    return vector_stores.create_store(project=project, params=params)


def batch(project: Project, store: VectorStore, count: int = 1, size: int = TINY) -> None:
    params = parse(FileBatchCreateParams, {"file_ids": file_ids(project, count, size)})
    vector_stores.create_batch(project=project, store_id=store.id, params=params)


def claims(slots: Slots, count: int) -> list[VectorStoreFile]:
    """Return the files that one free thread takes one after the other."""
    taken = []
    for number in range(count):
        with slots.claim(f"owner {number}") as row:
            if row is not None:
                taken.append(row)
    return taken


def held(slots: Slots, busy: ExitStack, threads: int) -> int:
    """Let threads take a file each and keep it. Return how many got one."""
    names = [f"held {next(owners)}" for _ in range(threads)]
    rows = [busy.enter_context(slots.claim(name)) for name in names]
    return sum(row is not None for row in rows)


def stores_of(rows: list[VectorStoreFile]) -> list[str]:
    return [row.store_id for row in rows]


@pytest.fixture
def busy() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_small_file_does_not_wait_for_ten_large_ones(
    cast: Cast, slots: Slots, busy: ExitStack
) -> None:
    for _ in range(10):
        store_of(cast.project, 1)
    assert held(slots, busy, 4) == 2
    small = store_of(cast.project)
    batch(cast.project, small)
    assert stores_of(claims(slots, 2)) == [small.id]


def test_a_flood_of_one_project_leaves_threads_to_others(
    cast: Cast, slots: Slots, busy: ExitStack
) -> None:
    # Its files are small, so only the share of its project keeps it from taking all threads.
    flood = store_of(cast.project)
    batch(cast.project, flood, count=20)
    assert held(slots, busy, 4) == 3
    other = store_of(cast.other_project)
    batch(cast.other_project, other)
    assert stores_of(claims(slots, 2)) == [other.id]


def test_a_flood_gives_way_while_another_project_has_files(
    cast: Cast, slots: Slots, busy: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "COMPARED", 0)
    flood, other = store_of(cast.project), store_of(cast.other_project)
    batch(cast.project, flood, count=20)
    assert held(slots, busy, 1) == 1
    with ExitStack() as ended:
        assert held(slots, ended, 2) == 2
        assert not slots.hold_back()
        batch(cast.other_project, other)
        taken = ended.enter_context(slots.claim("other"))
        assert taken is not None
        assert taken.store_id == other.id
    # The thread that it has goes on, and the others stay free.
    assert slots.hold_back()
    assert claims(slots, 1) == []
    batch(cast.other_project, other)
    assert stores_of(claims(slots, 2)) == [other.id]
    monkeypatch.setattr(pace, "ACTIVE", 0)
    assert not slots.hold_back()
    assert held(slots, busy, 3) == 2


def test_a_flood_of_large_files_leaves_threads_to_large_and_small_files_of_others(
    cast: Cast, slots: Slots, busy: ExitStack
) -> None:
    store_of(cast.project, 20)
    assert held(slots, busy, 4) == 2
    large, small = store_of(cast.other_project, 1), store_of(cast.other_project)
    taken = busy.enter_context(slots.claim("large"))
    assert taken is not None
    assert taken.store_id == large.id
    batch(cast.other_project, small)
    assert stores_of(claims(slots, 2)) == [small.id]


def test_urgent_files_of_one_project_leave_a_thread_to_others(
    cast: Cast, slots: Slots, busy: ExitStack
) -> None:
    store = store_of(cast.project)
    params = parse(FileBatchCreateParams, {"file_ids": file_ids(cast.project, 9, LARGE)}).each()
    attachments.attach_files(store, params, priority=index_status.URGENT)
    assert held(slots, busy, 4) == 3
    other = store_of(cast.other_project)
    batch(cast.other_project, other)
    assert stores_of(claims(slots, 2)) == [other.id]


def test_a_project_gets_its_threads_back(cast: Cast, slots: Slots) -> None:
    store_of(cast.project, 4)
    with ExitStack() as busy:
        assert held(slots, busy, 4) == 2
    with ExitStack() as busy:
        assert held(slots, busy, 4) == 2


def test_an_only_thread_takes_the_small_file_next(cast: Cast, slots: Slots) -> None:
    slots.number = 1
    first = store_of(cast.project, 3)
    assert stores_of(claims(slots, 1)) == [first.id]
    small = store_of(cast.project)
    batch(cast.project, small)
    assert stores_of(claims(slots, 2)) == [small.id, first.id]


def test_stores_of_a_project_take_turns(cast: Cast, slots: Slots) -> None:
    many, few = store_of(cast.project), store_of(cast.project)
    batch(cast.project, many, count=5, size=LARGE)
    batch(cast.project, few, count=2, size=LARGE)
    order = [many.id, few.id, many.id, few.id, many.id, many.id, many.id]
    assert stores_of(claims(slots, 7)) == order


def test_small_files_of_one_store_do_not_starve_the_large_file_of_another(
    cast: Cast, slots: Slots
) -> None:
    many, one = store_of(cast.project), store_of(cast.project)
    batch(cast.project, many, count=4)
    batch(cast.project, one, count=2, size=LARGE)
    assert stores_of(claims(slots, 4)) == [many.id, one.id, many.id, one.id]


def test_projects_take_turns_however_many_stores_they_have(cast: Cast, slots: Slots) -> None:
    for _ in range(4):
        store_of(cast.project, 1)
    batch(cast.other_project, store_of(cast.other_project), count=3, size=LARGE)
    owners = [row.store.project_id for row in claims(slots, 6)]
    mine, other = cast.project.id, cast.other_project.id
    assert owners == [mine, other, mine, other, mine, other]


def test_the_file_of_a_message_comes_before_every_turn(cast: Cast, slots: Slots) -> None:
    batch(cast.other_project, store_of(cast.other_project), count=2)
    store = store_of(cast.project, 2)
    assert len(claims(slots, 2)) == 2
    urgent = store_of(cast.project)
    [file_id] = file_ids(cast.project, 1, LARGE)
    params = parse(FileBatchCreateParams, {"file_ids": [file_id]}).each()
    attachments.attach_files(urgent, params, priority=index_status.URGENT)
    assert stores_of(claims(slots, 2))[0] == urgent.id
    assert store.id != urgent.id


def test_files_that_are_indexed_again_give_way(cast: Cast, slots: Slots, busy: ExitStack) -> None:
    old = store_of(cast.project, 6, TINY)
    VectorStoreFile.objects.filter(store=old).update(status=index_status.COMPLETED, pending=False)
    indexing.reindex_store(store_id=old.id, model="another")
    assert held(slots, busy, 4) == 2
    for project in (cast.project, cast.other_project):
        batch(project, store_of(project), count=2)
    last = claims(slots, 5)
    assert [row.priority for row in last] == [index_status.BULK] * 4


def test_the_turns_of_the_last_are_remembered() -> None:
    turns = Turns()
    for number in range(REMEMBERED + 1):
        turns.take(project="p", store=str(number))
    turns.take(project="q", store="1")
    assert turns.projects == ["p", "q"]
    assert (turns.stores[0], turns.stores[-1], len(turns.stores)) == ("2", "1", REMEMBERED)
