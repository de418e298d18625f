"""Comparisons for tests, and the answers of their columns."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.models import Comparison, ComparisonColumn, ComparisonLane, Message, Run
from assistants_app.services.compare.columns import ColumnChoice
from assistants_app.services.compare.comparisons import Manner, create_comparison
from assistants_app.services.compare.turns import send_to_columns
from assistants_app.services.runs.frozen import Source
from assistants_app.wire.threads.messages import MessageCreateParams, text_part
from assistants_app.wire.validation import parse
from tests.cast import Cast

# Words of columns that no page shows while they are hidden.
MODELS = ("canary-model-one", "canary-model-two")


def compare(
    cast: Cast, *overrides: dict[str, Any], user: User | None = None, **manner: Any
) -> Comparison:
    """Return a comparison of columns with these overrides of the cast's assistant."""
    settings = overrides or tuple({"model": model} for model in MODELS)
    return create_comparison(
        project=cast.project,
        user=user or cast.bob,
        columns=[ColumnChoice(Source(cast.assistant.id), given) for given in settings],
        manner=Manner(**manner),
    )


def ask(cast: Cast, comparison: Comparison, text: str = "Why?") -> None:
    """Send a message to all columns."""
    params = parse(MessageCreateParams, {"role": "user", "content": text})
    send_to_columns(project=cast.project, comparison_id=comparison.id, params=params)


def columns_of(comparison: Comparison) -> list[ComparisonColumn]:
    return list(comparison.columns.order_by("position"))


def lanes_of(comparison: Comparison) -> list[ComparisonLane]:
    """Return the lanes in the order of their columns."""
    lanes = ComparisonLane.objects.filter(column__comparison=comparison)
    return list(lanes.select_related("column").order_by("column__position", "number"))


def run_of(lane: ComparisonLane) -> Run:
    """Return the lane's newest run."""
    return Run.objects.filter(thread_id=lane.thread_id).order_by("-pk")[0]


def finish(lane: ComparisonLane, text: str, **columns: Any) -> Run:
    """Let the lane's newest run end with this answer."""
    run = run_of(lane)
    usage = {"prompt_tokens": 100, "completion_tokens": 20}
    values = {"status": "completed", "completed_at": timezone.now(), "usage": usage, **columns}
    Run.objects.filter(pk=run.pk).update(**values)
    Message.objects.create(
        thread_id=lane.thread_id,
        role="assistant",
        content=[text_part(text)],
        run_id=run.id,
        assistant_id=run.assistant_id,
    )
    return run


def wait_for_outputs(lane: ComparisonLane, *calls: tuple[str, str]) -> Run:
    """Let the lane's newest run wait for calls, each with an ID and arguments, of `get_weather`."""
    run = run_of(lane)
    made: list[dict[str, Any]] = [
        {
            "id": call_id,
            "type": "function",
            "function": {"name": "get_weather", "arguments": arguments, "output": None},
        }
        for call_id, arguments in calls
    ]
    run.steps.create(
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type="tool_calls",
        step_details={"type": "tool_calls", "tool_calls": made},
        waits_since=timezone.now(),
    )
    wire = [
        {**call, "function": {k: v for k, v in call["function"].items() if k != "output"}}
        for call in made
    ]
    run.status = "requires_action"
    run.required_action = {
        "type": "submit_tool_outputs",
        "submit_tool_outputs": {"tool_calls": wire},
    }
    run.save()
    return run
