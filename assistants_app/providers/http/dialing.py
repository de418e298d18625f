"""Open sockets to hosts."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# The next address is tried after this time, as RFC 8305 recommends.
NEXT_ADDRESS_SECONDS = 0.25
# Apart from the loop's own threads: a name server that never answers holds one for many seconds.
_lookups = ThreadPoolExecutor(32, thread_name_prefix="dns")


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, the best first. Raises :class:`OSError`."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        # Also numbers such as 2852039166 and 0xa9fea9fe, which the C library takes for addresses.
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(_lookups, _rows_of, host, port)
    return list(dict.fromkeys(str(address[0]) for *_, address in rows))


def _rows_of(host: str, port: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


async def connect(host: str, port: int, resolve: Resolve) -> socket.socket:
    """Return a socket to the first address of the host that accepts. Raises :class:`OSError`."""
    waiting = list(await resolve(host, port))
    running: set[asyncio.Task[socket.socket]] = set()
    failure: BaseException = OSError(f"No address is associated with {host}")
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.create_task(_connect(waiting.pop(0), port)))
            done, running = await asyncio.wait(
                running,
                timeout=NEXT_ADDRESS_SECONDS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            connected = [task.result() for task in done if task.exception() is None]
            for spare in connected[1:]:
                spare.close()
            if connected:
                return connected[0]
            failure = next((task.exception() for task in done), None) or failure
    finally:
        for task in running:
            task.add_done_callback(_close_late)
            task.cancel()
    raise failure


async def _connect(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, (address, port))
    except OSError as error:
        opened.close()
        # asyncio's own text hides what the operating system says.
        raise OSError(error.errno, os.strerror(error.errno or 0)) from error
    except BaseException:
        opened.close()
        raise
    return opened


def _close_late(task: "asyncio.Task[socket.socket]") -> None:
    # A socket that was connected at the moment of the cancel has no other owner.
    if not task.cancelled() and task.exception() is None:
        task.result().close()
