"""Function calls that several columns wait for: which of them one output can answer."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from assistants_app.domain.configurations.canonical import canonical_json
from assistants_app.domain.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call that a lane waits for. `arguments` are JSON as the model wrote it."""

    lane: str
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class CallGroup:
    """Calls of the same function with equal arguments. `key` is the same in each process."""

    key: str
    calls: Sequence[WaitingCall]

    @property
    def name(self) -> str:
        return self.calls[0].name

    @property
    def arguments(self) -> str:
        return self.calls[0].arguments

    @property
    def lanes(self) -> list[str]:
        """Return the lanes that wait, each once."""
        return list(dict.fromkeys(call.lane for call in self.calls))


def group_calls(calls: Iterable[WaitingCall]) -> list[CallGroup]:
    """Return the calls in groups that one output can answer, in the order of their first calls."""
    groups: dict[str, list[WaitingCall]] = {}
    for call in calls:
        groups.setdefault(_key_of(call), []).append(call)
    return [CallGroup(key, found) for key, found in groups.items()]


def _key_of(call: WaitingCall) -> str:
    text = f"{call.name}\0{_canonical(call.arguments)}"
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


def _canonical(arguments: str) -> str:
    # Models write the same arguments with other spaces and in another order.
    try:
        return canonical_json(json.loads(arguments))
    except (ValueError, RecursionError):
        return arguments


def outputs_by_lane(
    groups: Sequence[CallGroup],
    shared: Mapping[str, str],
    own: Mapping[tuple[str, str], str],
) -> dict[str, dict[str, str]]:
    """Return the outputs of each lane by call, for the lanes whose calls are all answered.

    `shared`: outputs by the key of a group, for all its calls. `own`: outputs by lane and call, for
    calls of groups that aren't in `shared`.

    Raises :class:`InvalidRequest` if no lane could go on.
    """
    outputs: dict[str, dict[str, str]] = {}
    missing: set[str] = set()
    for group in groups:
        for call in group.calls:
            output = shared.get(group.key, own.get((call.lane, call.id), ""))
            if output.strip():
                outputs.setdefault(call.lane, {})[call.id] = output
            else:
                missing.add(call.lane)
    complete = {lane: found for lane, found in outputs.items() if lane not in missing}
    if not complete:
        raise InvalidRequest("Enter an output for all calls of at least one column.")
    return complete
