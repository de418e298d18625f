"""What the form of an experiment begins with."""

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from assistants_app.domain.experiments.metrics import PASS
from assistants_app.gateway.endpoints import list_models
from assistants_app.models import Experiment, Project
from assistants_app.queries.assistants.lists import assistants_to_choose
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.queries.experiments.experiments import get_experiment
from assistants_app.queries.test_sets.sets import list_test_sets
from assistants_app.services.experiments.creating import USUAL_TERMS
from assistants_app.web.experiments.fields import DRAFT, OF_VARIANTS, PUBLISHED, as_typed
from assistants_app.web.experiments.typed import OWN, Typed
from assistants_app.web.http import author_of, whole_number

USUAL = {
    "repeats": str(USUAL_TERMS.repeats),
    "at_once": str(USUAL_TERMS.at_once),
    "margin": f"{100 * USUAL_TERMS.margin:g}",
    "main_metric": PASS,
}
BRIEF = "60"  # tokens of a reply, which are enough for the sample set


def first_values(request: HttpRequest, project: Project) -> Typed:
    """Return the form as it is before anything was typed."""
    like = request.GET.get("like", "").replace("\0", "")
    if like:
        return _like(get_experiment(project, like), author_of(request))
    values = {name: "" for name in OWN} | USUAL
    values["test_set"] = request.GET.get("set", "").replace("\0", "") or _only_set(project)
    chosen = request.GET.get("a", "").replace("\0", "")
    there = assistants_to_choose(project, chosen)
    first = next((one for one in there if one.id == chosen), there[0] if there else None)
    # Somebody who names an assistant may want a publish gate to accept the results.
    brief = "" if chosen else _brief(project)
    models = models_of_project(project)
    if first is None:
        return Typed(values, _models_to_compare(models, brief))
    has_draft = find_draft(project, first.id, author_of(request)) is not None
    number = whole_number(request.GET.get("v", ""))
    other = str(number) if number else DRAFT if has_draft else PUBLISHED
    baseline = of_variant(assistant=first.id, version=PUBLISHED, max_completion_tokens=brief)
    changed = {**baseline, "version": other}
    if other == PUBLISHED and len(models) == 1:
        changed |= _warm()
    return Typed(values, [baseline, changed])


def _models_to_compare(models: list[str], brief: str) -> list[dict[str, str]]:
    """Return two models without an assistant, or the only one twice with other settings."""
    if len(models) == 1:
        only = of_variant(model=models[0], max_completion_tokens=brief)
        cold = {"temperature": "0", "name": _("Temperature %(number)s") % {"number": "0"}}
        return [only | cold, only | _warm()]
    return [of_variant(model=name, max_completion_tokens=brief) for name in (*models, "", "")[:2]]


def _warm() -> dict[str, str]:
    return {"temperature": "1", "name": _("Temperature %(number)s") % {"number": "1"}}


def _brief(project: Project) -> str:
    """Return how long replies may be if there is only the bundled model, or nothing."""
    listed = list_models(project_id=project.id)
    # It answers one cell after the other, and doesn't always stop by itself.
    return BRIEF if listed and all(one.endpoint.demo for one in listed) else ""


def models_of_project(project: Project) -> list[str]:
    """Return the models that a variant may have."""
    return [info.id for listed in list_models(project_id=project.id) for info in listed.models]


def _only_set(project: Project) -> str:
    """Return the project's test set if it has just one."""
    sets = list_test_sets(project)[:2]
    return sets[0].id if len(sets) == 1 else ""


def _like(experiment: Experiment, user: User) -> Typed:
    """Return the form with what an earlier experiment had."""
    values = {
        "test_set": experiment.test_set_id,
        "name": "",
        "repeats": str(experiment.repeats),
        "at_once": str(experiment.at_once),
        "main_metric": experiment.main_metric,
        "margin": as_typed(round(100 * experiment.margin, 9)),
        "cap": "" if experiment.cap is None else f"{experiment.cap.normalize():f}",
        "judge_model": experiment.judge_model,
    }
    typed = Typed(values, [])
    for variant in experiment.variants.order_by("position"):
        frozen = variant.frozen
        version = str(frozen.version_number or "") or PUBLISHED
        if frozen.used_draft:
            version = DRAFT if frozen.draft_author_id == user.pk else PUBLISHED
        typed.variants.append(
            of_variant(
                assistant=frozen.assistant_id,
                version=version,
                model=variant.model,
                temperature=_number_typed(frozen.values["temperature"]),
                max_completion_tokens=_number_typed(frozen.values["max_completion_tokens"]),
                name=variant.name,
            )
        )
    return typed


def _number_typed(number: float | None) -> str:
    return "" if number is None else as_typed(number)


def of_variant(**values: str) -> dict[str, str]:
    """Return the fields of a variant with these values."""
    return {name: values.get(name, "") for name in OF_VARIANTS}
