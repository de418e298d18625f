"""Tables of recorded calls."""

from assistants_app.models.tapes.tapes import Tape, TapeCall, TapeFile

__all__ = ["Tape", "TapeCall", "TapeFile"]
