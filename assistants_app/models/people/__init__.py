"""Tables about the people of a project and what they did."""

from assistants_app.models.people.audit import AuditEntry
from assistants_app.models.people.deletions import ProjectDeletion
from assistants_app.models.people.limits import UsageLimit

__all__ = ["AuditEntry", "ProjectDeletion", "UsageLimit"]
