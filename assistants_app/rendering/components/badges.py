"""Badges: the word for a state, and its colour."""

from dataclasses import dataclass

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain import index_status, run_status
from assistants_app.domain.configurations import origins

OK, RUN, WARN, ERR = "ok", "run", "warn", "err"
RUN_TONES = {
    run_status.QUEUED: RUN,
    run_status.IN_PROGRESS: RUN,
    run_status.CANCELLING: RUN,
    run_status.COMPLETED: OK,
    run_status.FAILED: ERR,
    run_status.EXPIRED: ERR,
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge. `tone` is a class in ``static/css/components.css``. `wire` is the API's word for the
    state, for the tooltip: people search for it.
    """

    text: str
    tone: str
    wire: str = ""


def run_badge(status: str) -> Badge:
    """Return the badge of a run or a step."""
    return Badge(run_word(status), RUN_TONES.get(status, WARN), status)


def run_word(status: str) -> str:
    """Return the status of a run or a step in words."""
    known = {
        run_status.QUEUED: _("Queued"),
        run_status.IN_PROGRESS: _("Running"),
        run_status.REQUIRES_ACTION: _("Waiting for you"),
        run_status.CANCELLING: _("Stopping"),
        run_status.CANCELLED: _("Stopped"),
        run_status.COMPLETED: _("Completed"),
        run_status.FAILED: _("Failed"),
        run_status.INCOMPLETE: _("Incomplete"),
        run_status.EXPIRED: _("Expired"),
    }
    return known[status]


def origin_word(origin: str) -> str:
    """Return the origin of a thread or a run in words."""
    known = {
        origins.API: _("API"),
        origins.PAGE: _("Page"),
        origins.COMPARE: _("Comparison"),
        origins.EXPERIMENT: _("Experiment"),
        origins.IMPORT: _("Import"),
        origins.SHARE: _("Share link"),
        origins.JUDGE: _("Judge"),
    }
    return known[origin]


def short_count(number: int) -> str:
    """Return a number in few characters, such as 843, 8.2k or 124k."""
    if number < 1000:
        return str(number)
    for unit, size in (("M", 1_000_000), ("k", 1000)):
        if number >= size - size // 2000:  # 999,600 is 1M, not 1000k
            value = number / size
            return f"{floatformat(value, 0 if value >= 99.95 else -1)}{unit}"
    return str(number)


def code_badge(state: str, seconds: float | None) -> Badge:
    """Return the badge of a code interpreter call.

    `state` is writing, running, ok, error, interrupted, killed, or the final status of its step.
    """
    known = {
        "writing": Badge(_("writing"), RUN),
        "running": Badge(_("running"), RUN),
        "ok": Badge(_("ok"), OK),
        run_status.COMPLETED: Badge(_("ok"), OK),
        "error": Badge(_("error"), ERR),
        "interrupted": Badge(_("interrupted"), WARN),
        "killed": Badge(_("killed"), ERR),
        run_status.CANCELLED: Badge(_("stopped"), WARN),
        run_status.FAILED: Badge(_("failed"), ERR),
        run_status.EXPIRED: Badge(_("expired"), ERR),
    }
    badge = known.get(state, Badge(state, ERR))
    if seconds is None:
        return badge
    return Badge(f"{badge.text} · {floatformat(seconds, 2)} s", badge.tone)


def search_badge(state: str, count: int) -> Badge:
    """Return the badge of a file search. `state` is running, completed, error, or the final status
    of its step.
    """
    match state:
        case "running":
            return Badge(_("searching"), RUN)
        case run_status.COMPLETED:
            found = ngettext("%(count)d result", "%(count)d results", count)
            return Badge(found % {"count": count}, OK)
        case "error":
            return Badge(_("not searched"), ERR)
        case run_status.CANCELLED:
            return Badge(_("stopped"), WARN)
    return Badge(state, ERR)


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
