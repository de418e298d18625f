"""Writes the section "Clients and their versions" of docs/compatibility.md from their tests."""

from collections.abc import Iterator, Mapping

from tests.clients.catalogue import ORDER, Client, Shown

INTRODUCTION = """\
Which clients work? The tests run each of these, unmodified and as its users write it, against a
live site in which only the model is scripted ([docs/clients.md](clients.md)).
"""
RECORDED = """\
**Recorded** means that the client ran once. The tests send its requests again, byte for byte, and
check that the answers have everything that the client reads.
"""


def section(clients: Mapping[Client, Shown]) -> Iterator[str]:
    """Yield the section's lines. Versions with the same tests and uses share a line."""
    yield from ("## Clients and their versions", "", INTRODUCTION)
    if any(client.recorded for client in clients):
        yield RECORDED
    yield from ("| client | version | what its tests use | tests |", "|---|---|---|---|")
    versions: dict[tuple[str, str, str], list[str]] = {}
    for client in sorted(clients, key=_place):
        used = ", ".join(what for what in ORDER if what in clients[client].what)
        tests = ", ".join(f"`{module}.py`" for module in sorted(clients[client].modules))
        versions.setdefault((client.name, used, tests), []).append(_version(client))
    for (name, used, tests), of_line in versions.items():
        yield f"| {name} | {', '.join(of_line)} | {used} | {tests} |"


def _place(client: Client) -> tuple[str, list[int]]:
    numbers = [-int(part) for part in client.version.split(".") if part.isdecimal()]
    return client.name.replace("`", "").lower(), numbers


def _version(client: Client) -> str:
    return f"{client.version} (recorded)" if client.recorded else client.version
