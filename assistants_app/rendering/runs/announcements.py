"""What a screen reader is told of a run, once, when it ends or waits."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain import run_status


def said_of(run: dict[str, Any], names: Mapping[str, str]) -> str:
    """A sentence on a run that has come to a status that it does not leave by itself."""
    who = names.get(run["assistant_id"]) or _("the assistant")
    tokens = (run["usage"] or {}).get("completion_tokens", 0)
    match run["status"]:
        case run_status.COMPLETED:
            said = ngettext(
                "Reply from %(who)s complete, %(tokens)d token.",
                "Reply from %(who)s complete, %(tokens)d tokens.",
                tokens,
            )
            return said % {"who": who, "tokens": tokens}
        case run_status.REQUIRES_ACTION:
            return _("The run is waiting for your output.")
        case run_status.CANCELLED:
            return _("The run was stopped.")
    reason = (run["last_error"] or {}).get("message", "")
    return _("The run with %(who)s didn't complete. %(reason)s") % {"who": who, "reason": reason}
