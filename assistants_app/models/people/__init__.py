"""Tables about the people of a project and what they did."""

from assistants_app.models.people.addresses import AddressLink, VerifiedAddress
from assistants_app.models.people.audit import AuditEntry
from assistants_app.models.people.comments import Comment
from assistants_app.models.people.deletions import ProjectDeletion
from assistants_app.models.people.invitations import Invitation
from assistants_app.models.people.limits import UsageLimit
from assistants_app.models.people.notices import Notice
from assistants_app.models.people.ratings import Rating
from assistants_app.models.people.sessions import Session
from assistants_app.models.people.shares import Share

__all__ = [
    "AddressLink",
    "AuditEntry",
    "Comment",
    "Invitation",
    "Notice",
    "ProjectDeletion",
    "Rating",
    "Session",
    "Share",
    "UsageLimit",
    "VerifiedAddress",
]
