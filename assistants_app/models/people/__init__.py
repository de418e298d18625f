"""Tables about the people of a project and what they did."""

from assistants_app.models.people.audit import AuditEntry
from assistants_app.models.people.invitations import Invitation

__all__ = ["AuditEntry", "Invitation"]
