"""The site's ASGI application, with faults for requests that have the header ``x-fault``.

The header is ``KIND:NAME``. Each name strikes once, so that a retry gets through. The kinds:

``die``
    The process is killed after the commit, before the answer.
``cut``
    The connection is cut instead of the answer.
``hook``
    Something fails after the commit.
``undone``
    Something fails before the commit.
``wait``
    The act waits for the file ``NAME.go`` in the folder of faults.
"""

import asyncio
import importlib
import os
import signal
import time
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from assistants_app.api import keeper
from assistants_app.services import receipts
from playground import transport
from playground.asgi import application as site

FOLDER = Path(os.environ["FAULTS"])
# Short, so that a request outlives its first lease soon. Long enough for a machine that stalls.
receipts.HELD_SECONDS = 3.0
keeper.RENEWED_EVERY = 0.2

# Not above: it has models, which need the site.
act: Any = importlib.import_module("assistants_app.services.act")

_fault: ContextVar[tuple[str, str]] = ContextVar("fault", default=("", ""))
_kind_and_id = receipts._kind_and_id
_record = receipts.record


def strikes(*kinds: str) -> str:
    """Return the kind of this request's fault if it is one of these and strikes now."""
    kind, name = _fault.get()
    if kind not in kinds:
        return ""
    try:
        (FOLDER / f"{name}.struck").touch(exist_ok=False)
    except FileExistsError:
        return ""
    return kind


def kind_and_id_with_faults(made: object) -> tuple[str, str]:
    # Before the receipt is written.
    if strikes("wait"):
        # Like an act that waits for a lock: the claim goes along with its first statement.
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        while not (FOLDER / f"{_fault.get()[1]}.go").exists():
            time.sleep(0.02)
    return _kind_and_id(made)


def record_with_faults(attempt: Any, made: object) -> None:
    # At the end of the transaction.
    match strikes("die", "hook", "undone"):
        case "die":
            transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
        case "hook":
            transaction.on_commit(_fail)
        case "undone":
            _record(attempt, made)
            _fail()
    _record(attempt, made)


def _fail() -> None:
    raise RuntimeError("a fault of the test")


receipts._kind_and_id = kind_and_id_with_faults
act.record = record_with_faults


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve the site, and strike."""
    headers = dict(scope.get("headers", ()))
    kind, _, name = headers.get(b"x-fault", b"").decode().partition(":")
    _fault.set((kind, name))

    async def send_or_cut(message: dict[str, Any]) -> None:
        if strikes("cut"):
            request = scope[transport.REQUEST]
            request.abort()
            while not request.is_gone():  # noqa: ASYNC110 - Twisted sets it
                await asyncio.sleep(0.01)
        await send(message)

    await site(scope, receive, send_or_cut if kind == "cut" else send)
