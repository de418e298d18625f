"""The win share of blind votes on a page."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.verdicts.votes import WinShare, describe_votes
from assistants_app.domain.verdicts.words import Names
from assistants_app.rendering.charts.axes import Axis
from assistants_app.rendering.charts.intervals import drawn
from assistants_app.rendering.charts.words import translated

_PERCENT = Axis(0.0, 100.0, (0.0, 25.0, 50.0, 75.0, 100.0))


def render_win_share(found: WinShare, names: Names, *, element: str) -> SafeString:
    """Return the win share as HTML. `element` is its ID on the page."""
    low, high = found.percent
    figures = {"variant": names.variant, "share": f"{100 * found.share:.0f}%"}
    words = _("%(variant)s wins %(share)s, from %(low)d%% to %(high)d%%.") % {
        **figures,
        "low": low,
        "high": high,
    }
    votes = ngettext("%(count)d vote", "%(count)d votes", found.votes) % {"count": found.votes}
    context = {
        "element": element,
        "says": translated(describe_votes(found, names)),
        "drawn": drawn(
            _PERCENT,
            (low, 100 * found.share, high),
            band=(50, 50),
            marks=_PERCENT.written("{:g}%".format),
            words=words,
            legend=_("How often %(variant)s wins. Ties count half. %(votes)s.")
            % {"variant": names.variant, "votes": votes},
        ),
    }
    return render_to_string("charts/win_share.html", context)
