"""A provider that refuses half of all requests ends in the same results as a quiet one."""

import random

import pytest

from assistants_app.queries.experiments.evidence import verdicts_of
from assistants_app.redis_client import client
from tests.cast import Cast
from tests.engine.experiments.carried_out import carry_out
from tests.engine.experiments.test_faults import BUSY, let_time_pass
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.services.experiments.made import HELLO, cells_of, experiment_of, set_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_verdict_is_that_of_a_quiet_provider(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_set = set_of(cast, 8, checks=[HELLO])

    def answer_by_model(body: dict[str, object]) -> Reply:
        # The second model knows half of the answers.
        asked = str(body["messages"])
        knows = body["model"] == "scripted-1" or any(f"{digit}?" in asked for digit in "0246")
        return Reply(text="Hello" if knows else "Bye")

    chance = random.Random(3)

    def answer_or_refuse(body: dict[str, object]) -> Reply:
        return BUSY if chance.random() < 0.5 else answer_by_model(body)

    found = []
    for default in (answer_by_model, answer_or_refuse):
        monkeypatch.setattr(scripted, "_default_for", default)
        experiment = experiment_of(cast, test_set, main_metric="score")
        for _ in range(20):
            client().delete(*client().keys("experiments-rest:*") or ["none"])
            let_time_pass(experiment)
            if carry_out(experiment).state == "done":
                break
        assert {cell.state for cell in cells_of(experiment)} == {"done"}
        [(_, verdict)] = verdicts_of(experiment)
        found.append((verdict.kind, verdict.interval, verdict.pairs.faults))
    assert found[0] == found[1]
    assert found[0][0] != "none"
