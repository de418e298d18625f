"""Frames: what a page receives, encoded once for all the viewers that get it."""

import json
from typing import Any

from assistants_app.rendering.threads.growing import Operation

_FINAL_TEXT = 0x81  # the first byte of a websocket message: text, in one piece (RFC 6455, 5.2)


def frame_of(
    seq: str, operations: list[Operation], announcement: str = "", *, whole: bool = False
) -> bytes:
    """Return a frame as the bytes of a websocket message.

    `seq`: the position in the log that the page shows with it. `whole`: the page applies it
    whichever frames it has seen.
    """
    frame = {"seq": seq, "ops": operations, "announce": announcement, "whole": whole}
    return message_of(frame)


def message_of(contents: dict[str, Any]) -> bytes:
    """Return these contents as the bytes of a websocket message."""
    return _message(json.dumps(contents, ensure_ascii=False).encode())


def contents_of(message: bytes) -> dict[str, Any]:
    """Return the contents of such a message."""
    begin = {126: 4, 127: 10}.get(message[1], 2)
    contents: dict[str, Any] = json.loads(message[begin:])
    return contents


def _message(payload: bytes) -> bytes:
    # Servers don't mask, so the bytes are the same for all viewers. Daphne would encode them for
    # each viewer: 1,000 viewers cost 53 µs each that way and 16 µs this way.
    length = len(payload)
    if length < 126:
        return bytes([_FINAL_TEXT, length]) + payload
    if length < 1 << 16:
        return bytes([_FINAL_TEXT, 126]) + length.to_bytes(2) + payload
    return bytes([_FINAL_TEXT, 127]) + length.to_bytes(8) + payload
