"""Set and remove publish gates, and ask them before a version is published."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.configurations.frozen import FrozenConfiguration
from assistants_app.domain.errors import Conflict, InvalidRequest
from assistants_app.domain.experiments.metrics import PASS, is_main_metric
from assistants_app.models import Assistant, Project, PublishGate, WorkingRow
from assistants_app.models.experiments.snapshots import GateCheck
from assistants_app.queries.experiments.gates import check_gate, find_gate
from assistants_app.services.act import act
from assistants_app.services.acting import current_actor
from assistants_app.services.audit import note
from assistants_app.services.locks import lock_assistant, lock_test_set

REFUSED = "publish_gate"


class GateRefused(Conflict):
    """409: nothing was published, since no experiment shows what the assistant's gate asks for."""

    def __init__(self, check: GateCheck) -> None:
        said = " ".join(str(refusal) for refusal in check.refusals)
        super().__init__(
            f"The assistant has a publish gate, and nothing was published. {said}",
            code=REFUSED,
            # The same request is refused until somebody has run an experiment.
            headers={"x-should-retry": "false"},
        )
        self.check = check


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a gate asks for. `required` are IDs of rows, `margin` is a share from 0 to 1."""

    set_id: str
    main_metric: str = PASS
    margin: float = 0.1
    oldest_days: int = 14
    required: Collection[str] = ()
    no_worse_row: bool = False


@act()
def set_gate(
    *, project: Project, assistant_id: str, terms: Terms, author: User | None
) -> PublishGate:
    """Give the assistant a gate, or replace it.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for terms that can't be met.
    """
    assistant = lock_assistant(project, assistant_id)
    # Locked, so that it isn't deleted before the gate is there to forbid it.
    test_set = lock_test_set(project, terms.set_id)
    _check_terms(terms)
    gate, _ = PublishGate.objects.update_or_create(
        assistant=assistant,
        defaults={
            "test_set": test_set,
            "main_metric": terms.main_metric,
            "margin": terms.margin,
            "oldest_days": terms.oldest_days,
            "required": sorted({*terms.required}),
            "no_worse_row": terms.no_worse_row,
            "author": author,
            "changed_at": timezone.now(),
        },
    )
    details = {
        "test_set": test_set.name,
        "main_metric": terms.main_metric,
        "margin": terms.margin,
        "days": terms.oldest_days,
        "required": len(gate.required),
        "no_worse_row": terms.no_worse_row,
    }
    _note("set_gate", assistant, details)
    return gate


def _check_terms(terms: Terms) -> None:
    if not is_main_metric(terms.main_metric):
        raise InvalidRequest("Choose one of the metrics.", param="main_metric")
    # Written so that "not a number" is refused as well.
    if not 0 <= terms.margin <= 1:
        raise InvalidRequest("Enter a number of points from 0 to 100.", param="margin")
    if not 1 <= terms.oldest_days <= limits.GATE_DAYS:
        raise InvalidRequest(
            f"Enter a number of days from 1 to {limits.GATE_DAYS}.", param="oldest_days"
        )
    if len(terms.required) > limits.GATE_ROWS:
        raise InvalidRequest(f"Name at most {limits.GATE_ROWS} rows.", param="required")
    rows = WorkingRow.objects.filter(test_set=terms.set_id, key__in=terms.required)
    known = set(rows.values_list("key", flat=True))
    if unknown := sorted({*terms.required} - known):
        raise InvalidRequest(
            f"The test set has no row with the ID “{unknown[0]}”.", param="required"
        )


@act()
def remove_gate(*, project: Project, assistant_id: str) -> None:
    """Let the assistant be published without an experiment. Raises :class:`NotFound`."""
    assistant = lock_assistant(project, assistant_id)
    if PublishGate.objects.filter(assistant=assistant).delete()[0]:
        _note("remove_gate", assistant, {})


def digest_of(assistant: Assistant) -> str:
    """Return the digest that an experiment on the assistant's present columns has."""
    # As a run without options of its own is started: services/runs/configuration.py.
    values: dict[str, Any] = {
        "model": assistant.model,
        "instructions": assistant.instructions or "",
        "tools": assistant.tools,
        "tool_resources": assistant.tool_resources,
        "temperature": assistant.temperature,
        "top_p": assistant.top_p,
        "reasoning_effort": assistant.reasoning_effort,
        "response_format": assistant.response_format or "auto",
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "truncation_strategy": {"type": "auto", "last_messages": None},
        "max_prompt_tokens": None,
        "max_completion_tokens": None,
    }
    return FrozenConfiguration(values=values, declarations=assistant.variables).digest


def gate_check(project: Project, published: Assistant, wanted: Assistant) -> GateCheck | None:
    """Return what the gate says to replacing one configuration by the other.

    None without a gate, or if runs would be the same: then only a name, a description or metadata
    differ.
    """
    gate = find_gate(published.pk)
    if gate is None:
        return None
    before, after = digest_of(published), digest_of(wanted)
    if before == after:
        return None
    return check_gate(project, gate, published=before, wanted=after)


def pass_gate(
    assistant: Assistant, *, published: str, override: str, gate: PublishGate
) -> dict[str, Any] | None:
    """Return how the changed assistant passes its gate, for its version.

    `published` is the digest before the change. `override` is an owner's reason to publish it all
    the same, or "". Raises :class:`GateRefused`, and :class:`Forbidden` if somebody else overrides.
    """
    wanted = digest_of(assistant)
    if wanted == published:
        return None
    project = Project(pk=assistant.project_id)
    check = check_gate(project, gate, published=published, wanted=wanted)
    if not check.refusals and check.experiment:
        return {"experiment": check.experiment.pk, "name": check.experiment.name}
    if not override:
        raise GateRefused(check)
    if actor := current_actor():
        actor.require("override_gate")
    if len(override) > limits.VERSION_NOTE:
        raise InvalidRequest(
            f"Enter at most {limits.VERSION_NOTE} characters as the reason.", param="override"
        )
    missing = [str(refusal) for refusal in check.refusals]
    number = assistant.version_number + 1
    details = {"version": number, "reason": override, "missing": missing}
    _note("override_gate", assistant, details)
    return {"override": override, "missing": missing}


def _note(verb: str, assistant: Assistant, details: dict[str, Any]) -> None:
    note(
        verb,
        project=Project(pk=assistant.project_id),
        target_type="assistant",
        target_id=assistant.pk,
        target_name=assistant.name or "",
        details=details,
    )
