"""Where threads and their forks part, and how each of them goes on from there."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Substr

from assistants_app.models import Message, Run, Thread
from assistants_app.models.snapshots import BranchPoint, Variant

# A copy has an ID of its own, but is as old as its original and has the same contents.
Identity = tuple[datetime, str, str]


@dataclass(frozen=True, slots=True)
class Parting:
    """How a fork parts from its origin.

    `last_copy`: the ID of the fork's last copied message, or "". `shared`: the last message that
    both have, in the fork. `of_origin` and `of_fork`: how each goes on, or None if it ends there
    and hasn't run since.
    """

    last_copy: str
    shared: Message | None
    of_origin: Variant | None
    of_fork: Variant | None


def partings_of(threads: Sequence[Thread]) -> dict[str, Parting]:
    """Return the partings of those threads that are forks of others among them, by thread ID."""
    ids = {thread.id for thread in threads}
    forks = [thread for thread in threads if thread.forked_at_id and thread.forked_from_id in ids]
    rows = _with_neighbors(forks) if forks else []
    wanted = {row[name] for row in rows for name in _NEIGHBORS} | {
        row["forked_at_id"] for row in rows
    }
    messages = Message.objects.in_bulk([pk for pk in wanted if pk])
    return {row["pk"]: _parting(row, messages) for row in rows}


_NEIGHBORS = ("last_copy", "before_last", "begins", "before_at", "goes_on")


def _with_neighbors(forks: Collection[Thread]) -> list[dict[str, Any]]:
    own = Message.objects.filter(thread=OuterRef("pk"))
    origin = Message.objects.filter(thread=OuterRef("forked_from_id"))
    # Copies are as old as their originals, so they are older than the fork.
    copies = own.filter(created_at__lte=OuterRef("created_at")).order_by("-pk")
    found = Thread.objects.filter(pk__in=[fork.pk for fork in forks]).annotate(
        last_copy=_first(copies),
        before_last=Subquery(copies.values("pk")[1:2]),
        begins=_first(own.filter(created_at__gt=OuterRef("created_at")).order_by("pk")),
        before_at=_first(origin.filter(pk__lt=OuterRef("forked_at_id")).order_by("-pk")),
        goes_on=_first(origin.filter(pk__gt=OuterRef("forked_at_id")).order_by("pk")),
        has_run=Exists(Run.objects.filter(thread=OuterRef("pk"))),
        ran_on=Exists(_runs_of_origin_since()),
    )
    columns = ("pk", "forked_from_id", "forked_at_id", "has_run", "ran_on", *_NEIGHBORS)
    return list(found.values(*columns))


def _runs_of_origin_since() -> "QuerySet[Run]":
    # IDs are in the order of time, apart from their prefix.
    after = Concat(Value("run_"), Substr(OuterRef("forked_at_id"), len("msg_") + 1))
    return Run.objects.filter(thread=OuterRef("forked_from_id"), pk__gt=after)


def _first(messages: "QuerySet[Message]") -> Subquery:
    return Subquery(messages.values("pk")[:1])


def _parting(row: Mapping[str, Any], messages: Mapping[str, Message]) -> Parting:
    at, last = messages.get(row["forked_at_id"]), messages.get(row["last_copy"])
    origin_id, fork_id = row["forked_from_id"], row["pk"]
    last_copy = row["last_copy"] or ""
    if at is not None and last is not None and identity_of(at) != identity_of(last):
        # The last copy was edited.
        before, shared = messages.get(row["before_at"]), messages.get(row["before_last"])
        of_origin = Variant(origin_id, before.id if before else "", at)
        of_fork = Variant(fork_id, shared.id if shared else "", last)
        return Parting(last_copy, shared, of_origin, of_fork)
    following, begins = messages.get(row["goes_on"]), messages.get(row["begins"])
    # A message that was deleted leaves its place.
    shared_id = row["forked_at_id"] if at else row["before_at"] or ""
    return Parting(
        last_copy,
        last,
        Variant(origin_id, shared_id, following) if following or row["ran_on"] else None,
        Variant(fork_id, last_copy, begins) if begins or row["has_run"] else None,
    )


def identity_of(message: Message) -> Identity:
    """Return what a message and its copies have in common, and no other message of a family."""
    return (message.created_at, message.role, json.dumps(message.content, sort_keys=True))


def branch_points(thread: Thread, partings: Iterable[Parting]) -> list[BranchPoint]:
    """Return the places where the thread and others of its family part."""
    found: dict[Identity | None, list[Variant]] = {}
    for parting in partings:
        key = identity_of(parting.shared) if parting.shared else None
        both = [one for one in (parting.of_origin, parting.of_fork) if one]
        found.setdefault(key, []).extend(both)
    if not found:
        return []
    own = _own_variants(thread, [key for key in found if key])
    points = (_point(variants, own[key]) for key, variants in found.items() if key in own)
    return [point for point in points if len(point.variants) > 1]


def _own_variants(thread: Thread, shared: Sequence[Identity]) -> dict[Identity | None, Variant]:
    """Return how this thread goes on after those of the shared messages that it has."""
    rows = Message.objects.filter(thread=thread)
    times = {moment for moment, _role, _content in shared}
    # Many messages can have the same time. The next ones are only read for those of `shared`.
    found = {identity_of(row): row.pk for row in rows.filter(created_at__in=times)}
    wanted = [pk for key, pk in found.items() if key in set(shared)]
    after = rows.filter(pk__gt=OuterRef("pk")).order_by("pk")
    mine = list(rows.filter(pk__in=wanted).annotate(following=_first(after)))
    following = Message.objects.in_bulk([row.following for row in mine if row.following])
    own: dict[Identity | None, Variant] = {
        identity_of(row): Variant(thread.id, row.id, following.get(row.following)) for row in mine
    }
    own[None] = Variant(thread.id, "", rows.order_by("pk").first())
    return own


def _point(variants: Iterable[Variant], own: Variant) -> BranchPoint:
    """Return the branch point. Threads that go on with the same message count as one."""
    chosen: dict[Identity | str, Variant] = {}
    keys: dict[str, Identity | str] = {own.thread_id: _key_of(own)}
    for one in sorted(variants, key=lambda variant: variant.thread_id):
        keys.setdefault(one.thread_id, _key_of(one))
        chosen.setdefault(_key_of(one), one)
    chosen[_key_of(own)] = own  # in the place of the oldest thread that goes on in the same way
    places = {key: place for place, key in enumerate(chosen)}
    indexes = {thread_id: places[key] for thread_id, key in keys.items()}
    return BranchPoint(list(chosen.values()), places[_key_of(own)], indexes)


def _key_of(variant: Variant) -> Identity | str:
    return identity_of(variant.message) if variant.message else variant.thread_id
