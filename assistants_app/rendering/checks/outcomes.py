"""Outcomes of checks, and the form of a check, as HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.checks import check as checks
from assistants_app.domain.checks import kinds
from assistants_app.domain.checks.check import Check, Outcome
from assistants_app.domain.checks.combining import Result
from assistants_app.domain.checks.forms import FormField
from assistants_app.domain.checks.kinds import KINDS
from assistants_app.domain.checks.wording import describe
from assistants_app.rendering.components.badges import ERR, OK, WARN, Badge

# How a field is shown. Others are lines of text.
AREAS = (
    *(kinds.LONG_TEXT, kinds.LINES, kinds.TOOLS, kinds.VALUE, kinds.OBJECT),
    kinds.CODE,
)
IN_CODE = (kinds.CODE, kinds.OBJECT)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """An outcome with the words and the badge of its check. `score` is "" unless it is graded."""

    words: str
    reason: str
    badge: Badge
    score: str = ""
    metric: str = ""
    informs: bool = False


def outcome_badge(state: str) -> Badge:
    """Return the badge of an outcome."""
    words, tone = {
        checks.PASSED: (_("Passed"), OK),
        checks.FAILED: (_("Failed"), ERR),
        checks.ERROR: (_("Error"), WARN),
        checks.NOT_RUN: (_("Not run here"), ""),
        checks.SKIPPED: (_("Skipped"), ""),
    }[state]
    return Badge(words, tone, state)


def render_outcomes(pairs: Iterable[tuple[Check, Outcome]]) -> SafeString:
    """Return the list of a reply's checks with what each came to."""
    return render_to_string("checks/_outcomes.html", {"rows": [_row(*pair) for pair in pairs]})


def _row(check: Check, outcome: Outcome) -> OutcomeRow:
    graded = KINDS[check.kind].is_graded and outcome.score is not None
    return OutcomeRow(
        words=describe(check),
        reason=outcome.reason,
        badge=outcome_badge(outcome.state),
        score=f"{outcome.score:.2f}" if graded else "",
        metric=check.metric,
        informs=check.weight == 0,
    )


def result_words(result: Result, outcomes: Sequence[Outcome]) -> str:
    """Return in a few sentences what the checks of a reply came to together."""
    decided = [outcome for outcome in outcomes if outcome.passed is not None]
    passed = sum(outcome.state == checks.PASSED for outcome in decided)
    lines = [_counted_words(passed, len(decided)) if decided else _("No check was carried out.")]
    if result.errors:
        ended = ngettext(
            "%(count)d ended with an error.", "%(count)d ended with errors.", result.errors
        )
        lines.append(ended % {"count": result.errors})
        if result.passed is None:
            lines.append(_("So the reply has neither passed nor failed."))
    if result.not_run:
        lines.append(_("%(count)d can't run here.") % {"count": result.not_run})
    return " ".join(lines)


def _counted_words(passed: int, number: int) -> str:
    words = ngettext(
        "%(passed)d of %(all)d check passed.", "%(passed)d of %(all)d checks passed.", number
    )
    return words % {"passed": passed, "all": number}


def render_fields(form: Sequence[FormField], prefix: str) -> SafeString:
    """Return the fields of a check. `prefix` makes their IDs and names unique on the page."""
    context = {"form": form, "prefix": prefix, "areas": AREAS, "in_code": IN_CODE}
    return render_to_string("checks/_fields.html", context)
