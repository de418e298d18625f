"""Names of events: the vendor's, from its schema ``AssistantStreamEvent``, and our own.

Our own begin with ``playground.``. The API never sends them.
"""

THREAD_CREATED = "thread.created"
RUN_CREATED = "thread.run.created"
RUN_QUEUED = "thread.run.queued"
RUN_IN_PROGRESS = "thread.run.in_progress"
RUN_REQUIRES_ACTION = "thread.run.requires_action"
RUN_COMPLETED = "thread.run.completed"
RUN_INCOMPLETE = "thread.run.incomplete"
RUN_FAILED = "thread.run.failed"
RUN_CANCELLING = "thread.run.cancelling"
RUN_CANCELLED = "thread.run.cancelled"
RUN_EXPIRED = "thread.run.expired"
STEP_CREATED = "thread.run.step.created"
STEP_IN_PROGRESS = "thread.run.step.in_progress"
STEP_DELTA = "thread.run.step.delta"
STEP_COMPLETED = "thread.run.step.completed"
STEP_FAILED = "thread.run.step.failed"
STEP_CANCELLED = "thread.run.step.cancelled"
STEP_EXPIRED = "thread.run.step.expired"
MESSAGE_CREATED = "thread.message.created"
MESSAGE_IN_PROGRESS = "thread.message.in_progress"
MESSAGE_DELTA = "thread.message.delta"
MESSAGE_COMPLETED = "thread.message.completed"
MESSAGE_INCOMPLETE = "thread.message.incomplete"
ERROR = "error"
DONE = "done"

OWN_PREFIX = "playground."
MESSAGE_DELETED = "playground.message.deleted"
MESSAGE_MODIFIED = "playground.message.modified"
THREAD_DELETED = "playground.thread.deleted"
CODE_RUNS = "playground.code.runs"
CALL_ENDED = "playground.call.ended"
TALK_CHANGED = "playground.talk.changed"  # comments on a message, or its ratings
REASONING = "playground.reasoning.delta"

RUN_TERMINAL = frozenset({RUN_COMPLETED, RUN_INCOMPLETE, RUN_FAILED, RUN_CANCELLED, RUN_EXPIRED})
# A run that waits for tool outputs ends its stream too. Submitting them starts another one.
STREAM_END = RUN_TERMINAL | {RUN_REQUIRES_ACTION}


def run_event(status: str) -> str:
    """Return the event for a run that has entered `status`."""
    return f"thread.run.{status}"


def step_event(status: str) -> str:
    """Return the event for a step that has entered `status`."""
    return f"thread.run.step.{status}"


def message_event(status: str) -> str:
    """Return the event for a message that has entered `status`."""
    return f"thread.message.{status}"
