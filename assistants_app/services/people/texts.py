"""Texts that people write about something."""

from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire.storable import storable


def checked_text(text: str, param: str, most: int, *, required: bool = False) -> str:
    """Return the text as it is stored: trimmed, with line feeds only.

    Raises :class:`InvalidRequest` for one with more than `most` characters, and for an empty one if
    it is `required`.
    """
    text = storable(text).replace("\r\n", "\n").strip()
    if len(text) > most:
        raise InvalidRequest(
            f"Invalid '{param}': string too long. Expected a string with maximum length {most}, "
            f"but got a string with length {len(text)} instead.",
            param=param,
            code="string_above_max_length",
        )
    if required and not text:
        raise InvalidRequest(
            f"Invalid '{param}': string too short. Expected a string with minimum length 1, but "
            "got a string with length 0 instead.",
            param=param,
            code="string_below_min_length",
        )
    return text
