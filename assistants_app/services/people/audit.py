"""The audit, for the wings that deal with people."""

from assistants_app.services.audit import Target, note, note_each

__all__ = ["Target", "note", "note_each"]
