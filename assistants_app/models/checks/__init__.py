"""Tables about checks of replies."""

from assistants_app.models.checks.judge_calls import JudgeCall

__all__ = ["JudgeCall"]
