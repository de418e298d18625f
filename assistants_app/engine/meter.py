"""How full a model's context would be: what each part of a thread takes, and what would be left
out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from assistants_app import conf
from assistants_app.engine.budget import prompt_budget
from assistants_app.engine.context import MeasuredRow, measure_rows
from assistants_app.models import Assistant, Run, Thread

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})
MOST_ROWS = 500  # what is older is not counted one by one


@dataclass(frozen=True, slots=True)
class ContextMeter:
    """In tokens, by our own count, as long as no provider has counted.

    `window`: the model's context, of which a part is kept free for the reply: the prompt may have
    `budget`. `known`: whether the endpoint tells the window. `fixed`: instructions and tools.
    `rows`: the thread, oldest first. `older`: whether there are more before them, all left out.
    """

    window: int
    known: bool
    budget: int
    fixed: int
    rows: list[MeasuredRow]
    older: bool

    @property
    def used(self) -> int:
        """What the next prompt would take, without the next message."""
        return self.fixed + sum(row.tokens for row in self.rows if row.shown)

    @property
    def dropped(self) -> list[MeasuredRow]:
        """What truncation leaves out."""
        return [row for row in self.rows if not row.shown]

    @property
    def fits(self) -> bool:
        """False if even that which is never left out is too much: a run would fail."""
        return self.used <= self.budget


def context_meter(
    assistant: Assistant,
    thread: Thread,
    window: int | None,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> ContextMeter:
    """What a run of this assistant on this thread would show its model, as it is now.

    `window`: of the assistant's model, None if nobody tells. `options`: those of a run's parameters
    that the run would be created with. Nothing is written.
    """
    said = (assistant.instructions, options.get("additional_instructions"))
    run = Run(
        project_id=thread.project_id,
        thread=thread,
        assistant_id=assistant.id,
        model=assistant.model,
        instructions="\n".join(filter(None, said)),
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
