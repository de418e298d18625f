"""What was typed in the form of an experiment."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.experiments.metrics import PASS
from assistants_app.domain.money.amounts import read_dollars, read_number
from assistants_app.services.experiments.creating import Terms, VariantChoice
from assistants_app.web.experiments.fields import OF_VARIANTS, PLACES, choice_of
from assistants_app.web.http import whole_number

MOST_POINTS = 100
VARIANT_PARAM = re.compile(r"variants\[(\d+)\]\.([a-z_]+)")
OWN = ("test_set", "name", "repeats", "at_once", "main_metric", "margin", "cap", "judge_model")


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

    def terms(self) -> Terms:
        """Return the terms. What isn't a number is noted in `errors`."""
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
        )

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
