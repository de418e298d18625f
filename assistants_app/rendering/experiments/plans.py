"""What an experiment will take and can show, before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.verdicts.plans import Plan
from assistants_app.rendering.charts.words import all_translated
from assistants_app.rendering.components.durations import about


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan in words. Without one, `gap` says what is missing."""

    gap: str = ""
    cells: int = 0
    dollars: Decimal = Decimal(0)
    most_dollars: Decimal = Decimal(0)
    duration: str = ""
    smallest: str = ""
    sentences: Sequence[str] = ()


def plan_view(plan: Plan, cap: Decimal | None) -> PlanView:
    """Return the plan of an experiment with this budget."""
    if not plan.cells:
        return PlanView(_("The test set has no rows yet. Add some first."))
    points = None if plan.smallest is None else max(ceil(100 * plan.smallest - 1e-6), 1)
    return PlanView(
        cells=plan.cells,
        dollars=plan.dollars,
        most_dollars=plan.most_dollars,
        duration="" if plan.seconds is None else about(plan.seconds),
        smallest=""
        if points is None
        else ngettext("%(count)d point", "%(count)d points", points) % {"count": points},
        sentences=all_translated(plan.describe(cap)),
    )
