"""Checks of tool calls: whether, how often, with which arguments, and in which order."""

from collections.abc import Mapping, Sequence
from typing import Any

from assistants_app.domain.checks.check import Finding, found
from assistants_app.domain.checks.filling import fill
from assistants_app.domain.checks.json_replies import fill_schema, listed, schema_faults, shown
from assistants_app.domain.checks.sample import Sample, ToolUse
from assistants_app.domain.checks.texts import within
from assistants_app.domain.schemas.json_values import contains, same

Params = Mapping[str, Any]
Item = Mapping[str, Any]
EXACT, SUBSET, SCHEMA = "exact", "subset", "schema"
MATCHES = (SUBSET, EXACT, SCHEMA)
ANY, EVERY, FIRST, LAST = "any", "every", "first", "last"
CALLS = (ANY, EVERY, FIRST, LAST)
IN_ORDER = "in_order"
ORDERS = (IN_ORDER, EXACT)


def tool_called(params: Params, sample: Sample, _item: Item) -> Finding:
    """Count the calls of a tool."""
    tool = params["tool"]
    count = len(_calls_of(tool, sample))
    least = params.get("least")
    limits = {**params, "least": 1 if least is None else least}
    reason = {0: f"{tool} wasn't called.", 1: f"{tool} was called once."}.get(
        count, f"{tool} was called {count} times."
    )
    return Finding(float(within(count, limits)), reason, {"value": count})


def tool_arguments(params: Params, sample: Sample, item: Item) -> Finding:
    """Compare the arguments of a tool's calls."""
    tool = params["tool"]
    calls = _calls_of(tool, sample)
    which = params.get("calls", ANY)
    if which in (FIRST, LAST):
        calls = calls[:1] if which == FIRST else calls[-1:]
    if not calls:
        return Finding(0.0, f"{tool} wasn't called.")
    match = params.get("match", SUBSET)
    wanted = params["arguments"]
    wanted = fill_schema(wanted, item) if match == SCHEMA else fill(wanted, item)
    problems = [_problem(call, wanted, match) for call in calls]
    wrong = [problem for problem in problems if problem]
    holds = not wrong if which == EVERY else len(wrong) < len(problems)
    return found(holds, f"{tool} was called with these arguments.", wrong[0] if wrong else "")


def _problem(call: ToolUse, wanted: Any, match: str) -> str:
    if match == SCHEMA:
        faults = schema_faults(call.arguments, wanted)
        shown_faults = f"The arguments of {call.tool} don't fit the schema: {listed(faults)}"
        return shown_faults if faults else ""
    fits = contains if match == SUBSET else same
    if fits(call.arguments, wanted):
        return ""
    return f"{call.tool} was called with {shown(call.arguments)} and not {shown(wanted)}."


def tool_order(params: Params, sample: Sample, _item: Item) -> Finding:
    """Compare the order in which tools were called."""
    wanted: Sequence[str] = params["tools"]
    called = [call.tool for call in sample.calls]
    if params.get("match", IN_ORDER) == EXACT:
        holds = called == list(wanted)
    else:
        # Others may come between them.
        rest = iter(called)
        holds = all(tool in rest for tool in wanted)
    order = ", ".join(called[:20]) + (" and more" if len(called) > 20 else "")
    return Finding(float(holds), f"Tools were called in this order: {order or 'none'}.")


def _calls_of(tool: str, sample: Sample) -> list[ToolUse]:
    return [call for call in sample.calls if call.tool == tool]
