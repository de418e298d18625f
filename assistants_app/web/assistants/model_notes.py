"""The list of models, and what the configuration column says about the chosen model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _

from assistants_app.domain.money.prices import LISTED, SET, DatedPrice, Price, tariff_of
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.gateway.endpoints import ModelsOfEndpoint, features_of, list_models
from assistants_app.gateway.prices import place_of_endpoint
from assistants_app.models import Project
from assistants_app.providers.endpoint import ModelInfo
from assistants_app.providers.features import Features
from assistants_app.queries.project.prices import dated_prices
from assistants_app.web.assistants.form import NUMBERS, AssistantForm

# Models that suit most assistants, the likeliest first.
USUAL = ("gpt-4o", "gpt-4.1", "gpt-5", "gpt-4o-mini", "gpt-4.1-mini", "gpt-5-mini")


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that an endpoint lists. `price` is in dollars per million tokens, if it is known."""

    info: ModelInfo
    price: Price | None
    abilities: list[str]

    @property
    def facts(self) -> list[str]:
        """Return the model's context window, price and abilities."""
        facts = [_("unknown context window")]
        if self.info.context_window:
            facts = [_("%(count)s tokens") % {"count": intcomma(self.info.context_window)}]
        if self.price:
            prices = {
                "prompt": f"{self.price.prompt.normalize():f}",  # 10, where str() says 1E+1
                "completion": f"{self.price.completion.normalize():f}",
            }
            words = _("$%(prompt)s in / $%(completion)s out per million tokens")
            facts.append(words % prices)
        return [*facts, *self.abilities]


@dataclass(frozen=True, slots=True)
class Notice:
    """A line above the thread. `button` is the text of a button that opens the endpoint dialog."""

    icon: str
    text: str
    tone: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class ModelNotes:
    """Notes on a form's model. `parts` are the parts of the form that the model ignores."""

    choice: Choice | None
    warnings: list[str]
    parts: list[str]


def endpoint_notices(listed: Sequence[ModelsOfEndpoint]) -> list[Notice]:
    """Return notices about missing or failing endpoints."""
    if not listed:
        text = _("No model connected.")
        return [Notice("triangle-alert", text, button=_("Connect a model"))]
    if all(item.endpoint.demo for item in listed):
        text = _("The bundled model is a small demo.")
        return [Notice("info", text, button=_("Connect a model"))]
    return [
        Notice("triangle-alert", f"{item.endpoint.name}: {item.problem}", tone="err")
        for item in listed
        if item.problem
    ]


def chat_models(listed: ModelsOfEndpoint) -> list[ModelInfo]:
    """Return the endpoint's models that can answer in a chat, or all if none seems to."""
    return [info for info in listed.models if info.writes_text] or listed.models


def model_groups(project: Project) -> list[tuple[str, list[Choice]]]:
    """Return the name and the models of each endpoint that has models."""
    prices = dated_prices(project.id)
    return [
        (
            item.endpoint.name,
            [
                _choice(info, info.features, _price_of(info.id, item, prices))
                for info in chat_models(item)
            ],
        )
        for item in list_models(project_id=project.id)
        if item.models
    ]


def best_model(models: Sequence[ModelInfo]) -> str:
    """Return the model to suggest: a usual one if the list has it, else the first."""
    names = [info.id for info in models]
    usual = (name for usual in USUAL for name in names if name.rpartition("/")[2] == usual)
    return next(usual, names[0])


def _price_of(model: str, listed: ModelsOfEndpoint, prices: Sequence[DatedPrice]) -> Price | None:
    place = place_of_endpoint(listed.endpoint)
    tariff = tariff_of(prices, place=place, model=model, day=datetime.now(UTC).date())
    return tariff.price if tariff.origin in (SET, LISTED) else None


def _choice(info: ModelInfo, features: Features, price: Price | None) -> Choice:
    words = {
        _("tools"): features.tools,
        _("vision"): features.vision,
        _("JSON schema"): features.json_schema,
        _("reasoning"): features.reasoning,
    }
    return Choice(info, price, [word for word, has in words.items() if has])


def model_notes(project: Project, form: AssistantForm) -> ModelNotes:
    """Return notes on the form's model and on settings that it doesn't support."""
    model = form.values["model"]
    features = features_of(project_id=project.id, model=model)
    endpoints = list_models(project_id=project.id)
    listed = [(info, item) for item in endpoints for info in item.models if info.id == model]
    # The bundled model responds to any name.
    answered = bool(listed) or any(item.endpoint.demo for item in endpoints[:1])
    choice = None
    if listed:
        info, item = listed[0]
        choice = _choice(info, features, _price_of(model, item, dated_prices(project.id)))
    parts = [
        part for part, has in (("sampling", features.sampling), ("reasoning", features.reasoning))
        if has is False
    ]  # fmt: skip
    return ModelNotes(choice, _warnings(form.values, features, known=answered), parts)


def _warnings(values: dict[str, Any], features: Features, *, known: bool) -> list[str]:
    model = {"model": values["model"]}
    uses_tools = values[CODE_INTERPRETER] or values[FILE_SEARCH] or values["functions"]
    unfit = {
        _("%(model)s can't call tools itself. Its replies are constrained so that tools work."): (
            uses_tools and features.tools is False
        ),
        _("%(model)s doesn't enforce JSON schemas. The schema is only part of its prompt."): (
            values["response_format"] == "json_schema" and features.json_schema is False
        ),
        _("%(model)s doesn't support reasoning effort, so none is sent."): (
            values["reasoning_effort"] and features.reasoning is False
        ),
        _("%(model)s doesn't support temperature or top P. Runs that set either fail."): (
            any(values[name] != "" for name in NUMBERS) and features.sampling is False
        ),
        _("No connected endpoint offers %(model)s."): model["model"] and not known,
    }
    return [words % model for words, holds in unfit.items() if holds]


def models_context(project: Project, *, refresh: bool = False) -> dict[str, Any]:
    """Return the context of the model list and of the notices about endpoints."""
    listed = list_models(project_id=project.id, refresh=refresh)
    return {
        "project": project,
        "notices": endpoint_notices(listed),
        "groups": model_groups(project),
    }
