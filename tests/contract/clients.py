"""Writes the section "Clients and their versions" of docs/compatibility.md from their tests."""

from collections.abc import Iterator, Mapping

from tests.clients.catalogue import ORDER, Client, Shown

INTRODUCTION = """\
Which clients work? The tests run each of these, unmodified and as its users write it, against a
live site in which only the model is scripted ([docs/clients.md](clients.md)).

- **recorded**: the client ran once. The tests send its requests again, byte for byte, and check
  that the answers have everything that the client reads.
"""


def section(clients: Mapping[Client, Shown]) -> Iterator[str]:
    """Yield the section's lines."""
    yield from ("## Clients and their versions", "", INTRODUCTION)
    yield from ("| client | version | what its tests use | tests |", "|---|---|---|---|")
    for client in sorted(clients, key=_place):
        yield _line(client, clients[client])


def _place(client: Client) -> tuple[str, list[int]]:
    numbers = [-int(part) for part in client.version.split(".") if part.isdecimal()]
    return client.name.replace("`", "").lower(), numbers


def _line(client: Client, shown: Shown) -> str:
    version = f"{client.version}, recorded" if client.recorded else client.version
    used = ", ".join(what for what in ORDER if what in shown.what)
    tests = ", ".join(f"`{module}.py`" for module in sorted(shown.modules))
    return f"| {client.name} | {version} | {used} | {tests} |"
