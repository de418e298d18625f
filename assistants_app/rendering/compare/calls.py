"""Function calls that columns wait for, as cards that answer all of them or each one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.utils.safestring import SafeString

from assistants_app.domain.compare.shared_calls import CallGroup
from assistants_app.models.compare.snapshots import SeenComparison
from assistants_app.rendering.tool_calls.cards import pretty
from assistants_app.rendering.tool_calls.trees import render_tree
from assistants_app.wire.assistants.mocks import arguments_of


@dataclass(frozen=True, slots=True)
class OwnOutput:
    """The field for the output of one column's call.

    `name`: the field's. `label`: "A", or "A 2" for the second answer of A.
    """

    name: str
    label: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class GroupCard:
    """A group of equal calls. `apart`: whether each column gets an output of its own."""

    key: str
    function: str
    arguments: str
    tree: SafeString
    columns: Sequence[str]
    own: Sequence[OwnOutput]
    text: str = ""
    apart: bool = False


def group_cards(
    groups: Sequence[CallGroup], seen: SeenComparison, typed: Mapping[str, str]
) -> list[GroupCard]:
    """Return a card for each group. `typed`: what somebody has typed, by the name of the field."""
    labels = lane_labels(seen)
    return [_card(group, labels, typed) for group in groups]


def _card(group: CallGroup, labels: Mapping[str, str], typed: Mapping[str, str]) -> GroupCard:
    arguments = arguments_of(group.arguments)
    own = []
    for call in group.calls:
        name = own_field(call.lane, call.id)
        own.append(OwnOutput(name, labels[call.lane], typed.get(name, "")))
    return GroupCard(
        key=group.key,
        function=group.name,
        arguments=pretty(group.arguments),
        tree=render_tree(arguments) if arguments else SafeString(""),
        columns=[labels[lane] for lane in group.lanes],
        own=own,
        text=typed.get(f"all-{group.key}", ""),
        apart=typed.get(f"apart-{group.key}") == "1",
    )


def own_field(lane: str, call_id: str) -> str:
    """Return the name of the field for the output of one call."""
    return f"own-{lane}-{call_id}"


def lane_labels(seen: SeenComparison) -> dict[str, str]:
    """Return what the lanes are called, by their keys."""
    return {
        lane.key: f"{column.letter} {lane.number}" if len(column.lanes) > 1 else column.letter
        for column in seen.columns
        for lane in column.lanes
    }


def signature_of(groups: Sequence[CallGroup]) -> str:
    """Return a text that is the same as long as the same calls wait."""
    waiting = sorted(f"{call.lane} {call.id}" for group in groups for call in group.calls)
    return sha256("\n".join(waiting).encode()).hexdigest()[:16] if waiting else ""
