"""Where people are: a key in Redis for each open page, which ends with the page.

The web process that holds the page's websocket renews the key while the browser answers. So the key
of a browser, a machine or a web process that has crashed is gone `KEEP_SECONDS` later.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from assistants_app.events.broadcasts import receiver_of_loop
from assistants_app.events.projects import CHANNEL, PEOPLE

KEEP_SECONDS = 15.0
_LISTED_SECONDS = 24 * 3600  # of a project without any page


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A person at an open page. `writing_for` is the tool call that they write an output for."""

    user_id: int
    name: str
    thread_id: str = ""
    assistant_id: str = ""
    writing_for: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """An open page as it is noted: `seconds` after its browser last answered, it ends."""

    page_id: str
    whereabouts: Whereabouts
    seconds: float


async def note(project_id: str, notes: Iterable[Note]) -> None:
    """Note the pages. Raises ``OSError`` or :class:`~.connections.ReplyError`."""
    call = receiver_of_loop().call
    calls: list[asyncio.Future[Any]] = []
    for each in notes:
        value = json.dumps(asdict(each.whereabouts))
        life = max(int(each.seconds * 1000), 1)
        calls.append(call(("SET", _page(project_id, each.page_id), value, "PX", life)))
        calls.append(call(("SADD", _pages(project_id), each.page_id)))
    if calls:
        calls.append(call(("EXPIRE", _pages(project_id), _LISTED_SECONDS)))
        await asyncio.gather(*calls)


async def forget(project_id: str, page_ids: Iterable[str]) -> None:
    """Forget pages that were closed. Raises like :func:`note`."""
    if gone := list(page_ids):
        call = receiver_of_loop().call
        keys = [_page(project_id, page_id) for page_id in gone]
        await asyncio.gather(call(("DEL", *keys)), call(("SREM", _pages(project_id), *gone)))


async def whereabouts(project_id: str) -> list[Whereabouts]:
    """Return where people are, for each open page of a project. Raises like :func:`note`."""
    call = receiver_of_loop().call
    listed: Iterable[bytes] = await call(("SMEMBERS", _pages(project_id)))
    page_ids = sorted(page_id.decode() for page_id in listed)
    if not page_ids:
        return []
    values = await call(("MGET", *(_page(project_id, page_id) for page_id in page_ids)))
    pairs = list(zip(page_ids, values, strict=True))
    if gone := [page_id for page_id, value in pairs if value is None]:
        await call(("SREM", _pages(project_id), *gone))
    return [_whereabouts_from(value) for _, value in pairs if value is not None]


async def publish_moves(project_id: str) -> None:
    """Let all processes look where people are now. Raises like :func:`note`."""
    payload = json.dumps({project_id: [PEOPLE]})
    await receiver_of_loop().call(("PUBLISH", CHANNEL, payload))


def _whereabouts_from(value: bytes) -> Whereabouts:
    # During an upgrade, another version may note fields that this one doesn't know.
    noted = json.loads(value)
    known = {field.name for field in fields(Whereabouts)}
    return Whereabouts(**{name: noted[name] for name in known & noted.keys()})


def _page(project_id: str, page_id: str) -> str:
    return f"page:{project_id}:{page_id}"


def _pages(project_id: str) -> str:
    return f"pages:{project_id}"
