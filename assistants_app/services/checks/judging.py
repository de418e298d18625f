"""Ask a judge about a run, within the limits of the run's key and person, and record the call."""

import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from django.db import transaction
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.domain.checks.check import CheckError
from assistants_app.domain.checks.judging import MOST_TOKENS, Question
from assistants_app.domain.configurations.origins import JUDGE
from assistants_app.domain.errors import ApiError, RunFailure
from assistants_app.domain.money.limits import NO_USE, Caller, Use
from assistants_app.domain.money.prices import Place, tokens_of
from assistants_app.domain.tokens import count_tokens
from assistants_app.gateway.judging import Judgement, ask_judge, place_of_judge
from assistants_app.gateway.prices import tariff_for
from assistants_app.models import JudgeCall, Run
from assistants_app.providers.chat import StopSignal
from assistants_app.services.money.checks import require_money
from assistants_app.services.project.direct_calls import Call, save_call

# Tokens of a chat completion besides its texts: roles, and the schema of the answer.
FRAME_TOKENS = 200


class Budget(Protocol):
    """Money and tokens that an experiment may use. Reserved use counts until it is settled."""

    def reserve(self, most: Use) -> None:
        """Set aside what a call may use. Raises :class:`CheckError` if that doesn't fit."""

    def settle(self, most: Use, used: Use) -> None:
        """Replace what was set aside by what the call has used."""


class NoBudget:
    """No budget at all. The limits of the project count all the same."""

    def reserve(self, most: Use) -> None:
        """Allow everything."""

    def settle(self, most: Use, used: Use) -> None:
        """Count nothing."""


class JudgeUnanswered(CheckError):
    """Raised if the judge was asked and gave no answer. `passing`: another try may succeed."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A judge for the reply of a run. `model` is the one for checks that name none."""

    run: Run
    model: str
    budget: Budget
    stop: StopSignal | None = None

    def ask(self, question: Question, *, check_kind: str, model: str = "") -> str:
        """Return the judge's answer. Raises :class:`CheckError` if there is none."""
        model = model or self.model
        if not model:
            raise CheckError("Choose a judge: this check has no model, and neither has its set.")
        project_id = self.run.project_id
        caller = Caller(self.run.api_key_id, self.run.person_id)
        try:
            require_money(project_id, caller)
            place = place_of_judge(project_id=project_id, model=model)
        except (ApiError, RunFailure) as error:
            raise CheckError(f"The judge wasn't asked. {error.message}") from error
        most = _most_use(project_id, place, model, question)
        self.budget.reserve(most)
        # A call that a fault has interrupted may have used everything.
        used = most
        try:
            judgement = ask_judge(
                project_id=project_id,
                model=model,
                messages=[dict(message) for message in question.messages],
                response_format=dict(question.response_format),
                stop=self.stop,
            )
            recorded = _record(self.run, caller, check_kind, judgement)
            used = most if _is_unknown(judgement) else recorded
        finally:
            self.budget.settle(most, used)
        if judgement.problem:
            message = f"The judge gave no answer. {judgement.problem}"
            raise JudgeUnanswered(message, passing=judgement.passing)
        return judgement.text


def _most_use(project_id: str, place: Place, model: str, question: Question) -> Use:
    texts = [message["content"] for message in question.messages]
    texts.append(json.dumps(dict(question.response_format)))
    usage = {
        "prompt_tokens": sum(map(count_tokens, texts)) + FRAME_TOKENS,
        "completion_tokens": MOST_TOKENS,
    }
    cost = tariff_for(project_id, place, model).cost(usage)
    return Use(cost or Decimal(0), tokens_of(usage))


def _is_unknown(judgement: Judgement) -> bool:
    # The model has begun to answer, but the usage at the end of its answer never came.
    begun = judgement.call is not None and judgement.call.first_token_at is not None
    return begun and not judgement.usage


@transaction.atomic(durable=True)
def _record(run: Run, caller: Caller, check_kind: str, judgement: Judgement) -> Use:
    call = judgement.call
    if call is None:
        return NO_USE
    status = call.response.get("status")
    row = save_call(
        Call(
            project_id=run.project_id,
            caller=caller,
            place=judgement.place,
            kind=JUDGE,
            model=call.model[:256],
            started_at=call.started_at,
            first_token_at=call.first_token_at,
            ended_at=call.ended_at,
            status=status if isinstance(status, int) else None,
            usage=judgement.usage,
            origin=JUDGE,
        )
    )
    if conf.PROVIDER_CALL_DAYS > 0:
        JudgeCall.objects.create(
            run=run,
            call=row,
            check_kind=check_kind,
            started_at=call.started_at,
            request=call.request,
            response=call.response,
        )
    return Use(row.cost or Decimal(0), tokens_of(judgement.usage))


def forget_old_judge_calls(*, limit: int) -> int:
    """Delete the contents of up to `limit` old calls, as of model calls. Return their number."""
    old = JudgeCall.objects.filter(
        started_at__lt=Now() - timedelta(days=conf.PROVIDER_CALL_DAYS)
    ).order_by("started_at")
    ids = list(old.values_list("pk", flat=True)[:limit])
    deleted, _ = JudgeCall.objects.filter(pk__in=ids).delete()
    return deleted
