"""Questions are rewritten by the chosen model if it answers in time, and by the rule otherwise."""

import time

import pytest

from assistants_app import conf
from assistants_app.gateway.metering import Meter
from assistants_app.gateway.query_rewriting import expand_query, rewrite_questions
from assistants_app.providers.chat import StopSignal
from tests.cast import Cast
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

QUESTION = "Could you please tell me who is the largest animal?"
BY_RULE = "largest animal"


@pytest.fixture
def model(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    """The model in `REWRITE_MODEL`."""
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", provider.base_url)
    monkeypatch.setattr(conf, "REWRITE_MODEL", "scripted-1")
    return provider


def rewrite(cast: Cast, *questions: str, meter: Meter | None = None) -> list[str]:
    return rewrite_questions(
        project_id=cast.project.id, questions=questions, meter=meter or Meter()
    )


def expand(cast: Cast, query: str, stop: StopSignal | None = None) -> list[str]:
    return expand_query(
        project_id=cast.project.id, query=query, stop=stop or StopSignal(), meter=Meter()
    )


def test_the_chosen_model_writes_the_queries(cast: Cast, model: ScriptedProvider) -> None:
    model.enqueue(
        Reply(text='Query: "biggest living creature"\n'), Reply(text="harbour built year")
    )
    queries = rewrite(cast, QUESTION, "When was it built?")
    assert queries == ["biggest living creature", "harbour built year"]
    first = model.completions[0]
    assert first["model"] == "scripted-1"
    assert first["max_completion_tokens"] <= 300
    # The question is in a message of its own, because strangers write it.
    assert [message["role"] for message in first["messages"]] == ["system", "user"]
    assert QUESTION in first["messages"][1]["content"]
    assert QUESTION not in first["messages"][0]["content"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(text=""),
        Reply(text="Sure! Here is your query:\nbiggest animal"),
        Reply(text="word " * 100),
        Reply(text="biggest", finish_reason="length"),
        Reply(status=500),
        Reply(drop_after=1),
        Reply(text="\x1b[31mred"),
    ],
    ids=["empty", "lines", "long", "cut", "error", "dropped", "controls"],
)
def test_the_rule_replaces_an_answer_that_is_not_a_query(
    cast: Cast, model: ScriptedProvider, reply: Reply
) -> None:
    model.enqueue(reply)
    assert rewrite(cast, QUESTION) == [BY_RULE]


@pytest.mark.parametrize("hang", ["headers", "stream"])
def test_the_rule_replaces_a_model_that_takes_too_long(
    cast: Cast, model: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, hang: str
) -> None:
    monkeypatch.setattr(conf, "REWRITE_SECONDS", 0.5)
    model.enqueue(Reply(text="in time"), Reply(hang=hang))
    questions = [QUESTION] * 3
    started = time.monotonic()
    queries = rewrite(cast, *questions)
    assert time.monotonic() - started < 10
    assert queries == ["in time", BY_RULE, BY_RULE]


def test_what_the_model_uses_is_measured(cast: Cast, model: ScriptedProvider) -> None:
    meter = Meter()
    model.enqueue(Reply(text="biggest animal"), Reply(text="too long", finish_reason="length"))
    assert rewrite(cast, QUESTION, QUESTION, meter=meter) == ["biggest animal", BY_RULE]
    [use] = meter.uses
    assert (use.kind, use.model, use.place.base_url) == (
        "rewriting",
        "scripted-1",
        model.base_url,
    )
    # Both: an answer that was cut off isn't used, but charged.
    assert (use.usage["prompt_tokens"], use.usage["completion_tokens"]) == (20, 10)


def test_without_a_chosen_model_none_is_asked(
    cast: Cast, model: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "REWRITE_MODEL", "")
    assert rewrite(cast, QUESTION) == [BY_RULE]
    queries = expand(cast, QUESTION)
    assert queries == [QUESTION]
    assert model.history == []


def test_without_an_endpoint_the_rule_writes_the_query(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "REWRITE_MODEL", "scripted-1")
    assert rewrite(cast, QUESTION) == [BY_RULE]


def test_a_question_to_the_tool_is_searched_for_in_both_forms(
    cast: Cast, model: ScriptedProvider
) -> None:
    model.enqueue(Reply(text="harbour construction year"), Reply(status=500))
    question = "When was the harbour built?"
    assert expand(cast, question) == [question, "harbour construction year"]
    assert expand(cast, question) == [question]
    assert expand(cast, "harbour construction") == ["harbour construction"]
    assert len(model.completions) == 2


def test_a_stopped_run_does_not_wait_for_a_query(cast: Cast, model: ScriptedProvider) -> None:
    stop = StopSignal()
    stop.set()
    model.enqueue(Reply(hang="headers"))
    assert expand(cast, QUESTION, stop) == [QUESTION]
