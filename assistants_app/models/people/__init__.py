"""Tables about the people of a project and what they did."""

from assistants_app.models.people.audit import AuditEntry

__all__ = ["AuditEntry"]
