"""What the configuration column says of models: the choice of them, and what does not fit."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from assistants_app.domain.cost import Price
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.gateway.endpoints import features_of, list_models
from assistants_app.models import Project
from assistants_app.providers.endpoint import ModelInfo
from assistants_app.providers.features import Features
from assistants_app.queries.project.endpoints import prices_of
from assistants_app.web.assistants.form import NUMBERS, AssistantForm


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that an endpoint lists. `price`: in dollars for a million tokens, if it is known."""

    info: ModelInfo
    price: Price | None
    abilities: list[str]


@dataclass(frozen=True, slots=True)
class ModelNotes:
    """Of the model that a form names. `parts`: those of the form that it has no use for."""

    choice: Choice | None
    warnings: list[str]
    parts: list[str]


def model_groups(project: Project) -> list[tuple[str, list[Choice]]]:
    """The models of each endpoint, by its name."""
    prices = prices_of(project)
    return [
        (item.endpoint.name, [_choice(info, info.features, prices) for info in item.models])
        for item in list_models(project_id=project.id)
        if item.models
    ]


def _choice(info: ModelInfo, features: Features, prices: dict[str, Price]) -> Choice:
    words = {
        _("tools"): features.tools,
        _("vision"): features.vision,
        _("JSON schema"): features.json_schema,
        _("reasoning"): features.reasoning,
    }
    return Choice(info, prices.get(info.id), [word for word, has in words.items() if has])


def model_notes(project: Project, form: AssistantForm) -> ModelNotes:
    """What is known of the form's model, and which of the form's settings it does not take."""
    model = form.values["model"]
    features = features_of(project_id=project.id, model=model)
    endpoints = list_models(project_id=project.id)
    listed = {info.id: info for item in endpoints for info in item.models if info.id == model}
    # The bundled model answers whatever name is asked for.
    answered = bool(listed) or any(item.endpoint.demo for item in endpoints[:1])
    choice = _choice(listed[model], features, prices_of(project)) if listed else None
    parts = [
        part for part, has in (("sampling", features.sampling), ("reasoning", features.reasoning))
        if has is False
    ]  # fmt: skip
    return ModelNotes(choice, _warnings(form.values, features, known=answered), parts)


def _warnings(values: dict[str, Any], features: Features, *, known: bool) -> list[str]:
    model = {"model": values["model"]}
    uses_tools = values[CODE_INTERPRETER] or values[FILE_SEARCH] or values["functions"]
    unfit = {
        _("%(model)s calls no tools by itself: its replies are constrained so that it can."): (
            uses_tools and features.tools is False
        ),
        _("%(model)s does not enforce JSON schemas: it is asked for such JSON in words."): (
            values["response_format"] == "json_schema" and features.json_schema is False
        ),
        _("%(model)s takes no reasoning effort: none is asked for."): (
            values["reasoning_effort"] and features.reasoning is False
        ),
        _("%(model)s takes no temperature and no top P: a run that gives one fails."): (
            any(values[name] != "" for name in NUMBERS) and features.sampling is False
        ),
        _("No connected endpoint lists %(model)s."): model["model"] and not known,
    }
    return [words % model for words, holds in unfit.items() if holds]


def models_context(project: Project, *, refresh: bool = False) -> dict[str, Any]:
    """What the page says of models and endpoints."""
    listed = list_models(project_id=project.id, refresh=refresh)
    return {
        "project": project,
        "endpoints": listed,
        "demo_only": bool(listed) and all(item.endpoint.demo for item in listed),
        "groups": model_groups(project),
    }
