"""What was typed in the form of a new experiment, and which terms and variants that makes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.experiments.metrics import PASS
from assistants_app.domain.money.amounts import read_dollars, read_number
from assistants_app.models import Project
from assistants_app.queries.experiments.planning import rows_that_failed
from assistants_app.services.experiments.creating import USUAL_TERMS, Terms, VariantChoice
from assistants_app.web.experiments.fields import OF_VARIANTS, PLACES, choice_of
from assistants_app.web.http import whole_number

# Which rows of the set run.
ALL, FAILED, CHOSEN = "all", "failed", "chosen"
LEAST_VARIANTS = 2
MOST_POINTS = 100
VARIANT_PARAM = re.compile(r"variants\[(\d+)\]\.([a-z_]+)")
USUAL = {
    "repeats": str(USUAL_TERMS.repeats),
    "at_once": str(USUAL_TERMS.at_once),
    "margin": f"{100 * USUAL_TERMS.margin:g}",
    "main_metric": PASS,
    "rows": ALL,
}
OWN = (
    *("test_set", "rows", "row_ids", "name", "repeats", "at_once", "main_metric", "margin"),
    *("cap", "judge_model"),
)


@dataclass(slots=True)
class Typed:
    """What was typed in the form. `errors` are by the names of fields, `message` is about all."""

    values: dict[str, str]
    variants: list[dict[str, str]]
    errors: dict[str, str] = field(default_factory=dict)
    of_variants: dict[int, dict[str, str]] = field(default_factory=dict)
    message: str = ""

    def choices(self, user: User) -> list[VariantChoice]:
        """Return the variants. What is missing of them is noted in `of_variants`."""
        for place, values in enumerate(self.variants):
            if not values["assistant"] and not values["model"].strip():
                self.of_variants[place] = {"model": _("Choose a model, or an assistant above.")}
        return [choice_of(user, values) for values in self.variants]

    def terms(self, project: Project) -> Terms:
        """Return the terms. What isn't a number, or names no rows, is noted in `errors`."""
        values = self.values
        cap = self._read("cap", self._dollars)
        margin = self._read("margin", self._points)
        return Terms(
            name=" ".join(values["name"].split()) or self._names(),
            main_metric=values["main_metric"] or PASS,
            margin=float(margin or 0) / MOST_POINTS,
            repeats=self._count("repeats", limits.EXPERIMENT_REPEATS),
            at_once=self._count("at_once", limits.EXPERIMENT_AT_ONCE),
            cap=cap,
            judge_model=values["judge_model"].strip(),
            keys=self._keys(project),
        )

    def _keys(self, project: Project) -> frozenset[str] | None:
        chosen, set_id = self.values["rows"], self.values["test_set"]
        if chosen not in (FAILED, CHOSEN):
            return None
        if chosen == FAILED:
            keys = rows_that_failed(project, set_id)
            problem = _("No row of this test set failed in its last experiment.")
        else:
            keys = frozenset(filter(None, map(str.strip, self.values["row_ids"].splitlines())))
            problem = _("Enter the ID of at least one row.")
        if not keys:
            self.errors["rows"] = problem
        return keys

    def _read(self, name: str, read: Callable[[str, str], Decimal | None]) -> Decimal | None:
        try:
            return read(self.values[name], name)
        except InvalidRequest as error:
            self.errors[name] = error.message
            return None

    def _count(self, name: str, most: int) -> int:
        number = whole_number(self.values[name].strip()) or 0
        if not 1 <= number <= most:
            self.errors[name] = _("Enter a whole number from 1 to %(most)d.") % {"most": most}
        return number

    @staticmethod
    def _dollars(text: str, name: str) -> Decimal | None:
        most = Decimal(limits.EXPERIMENT_DOLLARS)
        return read_dollars(text, most=most, places=PLACES, param=name)

    @staticmethod
    def _points(text: str, name: str) -> Decimal:
        points = read_number(text, places=PLACES, param=name)
        if not 0 < points <= MOST_POINTS:
            raise InvalidRequest(
                _("Enter points above 0, and at most %(most)d.") % {"most": MOST_POINTS}, param=name
            )
        return points

    def _names(self) -> str:
        names = [" ".join(values["name"].split()) for values in self.variants]
        return " / ".join(names)[: limits.NAME] if all(names) else ""

    def place(self, error: ApiError) -> None:
        """Keep the error for its field, or for the whole form."""
        param = error.param or ""
        of_variant = VARIANT_PARAM.fullmatch(param)
        if of_variant and int(of_variant[1]) < len(self.variants):
            name = of_variant[2] if of_variant[2] in OF_VARIANTS else "assistant"
            shown = "assistant" if name == "version" else name
            self.of_variants.setdefault(int(of_variant[1]), {})[shown] = error.message
        elif param in OWN:
            self.errors[param] = error.message
        else:
            self.message = error.message

    @property
    def has_errors(self) -> bool:
        return bool(self.errors or self.of_variants or self.message)


def of_variant(**values: str) -> dict[str, str]:
    """Return the fields of a variant with these values. The others are empty."""
    return {name: values.get(name, "") for name in OF_VARIANTS}


def read_form(request: HttpRequest) -> Typed:
    """Return what was typed."""
    count = whole_number(request.POST.get("variants", "")) or LEAST_VARIANTS
    places = range(min(max(count, LEAST_VARIANTS), limits.EXPERIMENT_VARIANTS))
    return Typed(
        {name: _text(request, name) for name in OWN},
        [{name: _text(request, f"{name}-{place}") for name in OF_VARIANTS} for place in places],
    )


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")
