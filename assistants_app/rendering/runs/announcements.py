"""What screen readers announce when a run ends or starts to wait."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain import run_status


def said_of(run: dict[str, Any], names: Mapping[str, str]) -> str:
    """Return the announcement for a run that has ended or waits for outputs."""
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
