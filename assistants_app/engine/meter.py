"""The context meter: how much of a model's context window each part of a thread takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from assistants_app import conf
from assistants_app.domain.configurations.variables import declared, resolved
from assistants_app.engine.budget import prompt_budget
from assistants_app.engine.context import MeasuredRow, measure_rows
from assistants_app.models import Assistant, Run, Thread

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})
# Rows that are measured, unless the prompt includes more: counting the tokens of a whole long
# thread takes too long for a page.
MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class ContextMeter:
    """The size of the next prompt in tokens, by our own count.

    `window` is the model's context window, or the default if it is not `known`. `budget` is the
    part of it for the prompt; the rest is kept free for the reply. `fixed` is the size of
    instructions and tools. `rows` are the thread's, oldest first, and `older` says whether the
    thread has older ones, which are all left out.
    """

    window: int
    known: bool
    budget: int
    fixed: int
    rows: list[MeasuredRow]
    older: bool

    @property
    def used(self) -> int:
        """The size of the next prompt, without the next message."""
        return self.fixed + sum(row.tokens for row in self.rows if row.shown)

    @property
    def dropped(self) -> list[MeasuredRow]:
        """The rows that truncation leaves out."""
        return [row for row in self.rows if not row.shown]

    @property
    def fits(self) -> bool:
        """Whether a run can succeed: the rows that are never left out fit the budget."""
        return self.used <= self.budget


def context_meter(
    assistant: Assistant,
    thread: Thread,
    window: int | None,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> ContextMeter:
    """Measure the prompt that a run of the assistant on the thread would have now.

    `window` is the context window of the assistant's model, or None if it is unknown. `options` are
    the parameters of the run that the person has set.
    """
    instructions = (assistant.instructions, options.get("additional_instructions"))
    # Never saved: the prompt of a run is measured by the same code that builds it.
    run = Run(
        project_id=thread.project_id,
        thread=thread,
        assistant_id=assistant.id,
        model=assistant.model,
        instructions="\n".join(filter(None, instructions)),
        variables=resolved(declared(assistant.variables), options.get("variables", {})),
        tools=assistant.tools,
        truncation_strategy={
            "type": "auto",
            "last_messages": None,
            **options.get("truncation_strategy", {}),
        },
        max_prompt_tokens=options.get("max_prompt_tokens"),
    )
    budget = prompt_budget(run, window)
    measured = measure_rows(run, budget, most=MOST_ROWS)
    return ContextMeter(
        window=window or conf.DEFAULT_CONTEXT_TOKENS,
        known=window is not None,
        budget=budget,
        fixed=measured.fixed,
        rows=measured.rows,
        older=measured.older,
    )
