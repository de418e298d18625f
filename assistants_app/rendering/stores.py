"""Vector stores as HTML: the badges of files and stores."""

from django.utils.translation import gettext as _

from assistants_app.domain import index_status
from assistants_app.rendering.badges import ERR, OK, RUN, WARN, Badge


def index_badge(status: str) -> Badge:
    """Return the badge of a file in a vector store, or of the store itself."""
    known = {
        index_status.COMPLETED: Badge(_("ready"), OK),
        index_status.IN_PROGRESS: Badge(_("indexing"), RUN),
        index_status.FAILED: Badge(_("failed"), ERR),
        index_status.CANCELLED: Badge(_("cancelled"), WARN),
        index_status.EXPIRED: Badge(_("expired"), WARN),
    }
    return known[status]
