"""Durations that are estimates, in words."""

from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_STEP = 10  # seconds: an estimate isn't better than that


def about(seconds: float) -> str:
    """Return an estimated duration, such as "40 seconds" or "5 minutes"."""
    if seconds <= 60 - _STEP:
        return _("%(count)d seconds") % {"count": _STEP * max(ceil(seconds / _STEP), 1)}
    minutes = ceil(seconds / 60)
    if minutes < 90:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = ceil(seconds / 3600)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def time_left(seconds: float | None) -> str:
    """Return how long something still takes, or nothing if that isn't known or it is over."""
    return _("about %(time)s left") % {"time": about(seconds)} if seconds else ""
