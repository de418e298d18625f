"""Replies graded with a judge, with code and with embeddings, all of them replaced here."""

from array import array
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from assistants_app import conf
from assistants_app.domain.checks.check import ERROR, FAILED, PASSED, SKIPPED, Check, check_from
from assistants_app.domain.checks.python_code import FILE
from assistants_app.domain.checks.sample import Sample
from assistants_app.domain.embeddings import EmbeddingError, Vector
from assistants_app.domain.errors import ApiError
from assistants_app.domain.money.limits import Caller
from assistants_app.models import DirectCall, Run
from assistants_app.providers.chat import StopSignal
from assistants_app.providers.embeddings import RemoteEmbedder
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.outbound.networks import OPERATOR
from assistants_app.sandbox.protocol import (
    Execution,
    FileRefused,
    Output,
    SandboxUnavailable,
    SessionLost,
)
from assistants_app.services.checks.judging import Judge, NoBudget
from assistants_app.tools.checks import meaning, python
from assistants_app.tools.checks.grading import grade_reply
from assistants_app.tools.checks.python import PythonGrader
from tests.cast import Cast
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

SAMPLE = Sample(text="It is 21 °C in Oslo.")
SIMILAR = {"kind": "similar", "value": "It is warm in Oslo."}
CODE = {"kind": "python", "code": "True"}


class Session:
    """A sandbox whose code ends as it is said."""

    def __init__(self, end: Execution | Exception | Callable[[str], Execution]) -> None:
        self.end = end
        self.calls: list[dict[str, Any]] = []

    def execute(self, session_id: str, code: str, **more: Any) -> Execution:
        self.calls.append({"session": session_id, "code": code, **more})
        if isinstance(self.end, Exception):
            raise self.end
        return self.end(code) if callable(self.end) else self.end


def printing(answer: str) -> Callable[[str], Execution]:
    def end(code: str) -> Execution:
        mark = code.rpartition("'<")[2].partition(">'")[0]
        text = f"hello\n<{mark}>{answer}<{mark}>\n"
        return Execution([Output("logs", text)], new_session=True, ended="ok")

    return end


def grade_code(
    monkeypatch: pytest.MonkeyPatch, end: Execution | Exception | Callable[[str], Execution]
) -> tuple[str, str, Session]:
    session = Session(end)
    monkeypatch.setattr(python, "sandbox", lambda: session)
    [outcome] = grade(CODE)
    return outcome.state, outcome.reason, session


def grade(*checks: dict[str, Any], judge: Judge | None = None, item: Any = None) -> list[Any]:
    by = PythonGrader("experiment_1", StopSignal())
    judge = judge or Judge(run=Run(project_id="proj_1"), model="", budget=NoBudget())
    found: list[Check] = [check_from(check) for check in checks]
    return grade_reply(found, SAMPLE, item or {}, judge=judge, python=by)


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("true", PASSED, "returned True"),
        ("false", FAILED, "returned False"),
        ("0.5", PASSED, "returned 0.5"),
        ("0.4", FAILED, "returned 0.4"),
        ('{"score": 0.2, "reason": "Too long."}', FAILED, "Too long."),
        ('{"pass": true, "score": 0.2, "reason": "Fine."}', PASSED, "Fine."),
        ('{"passed": false}', FAILED, "returned 0.0"),
        ("null", ERROR, "returned “null”"),
        ("2", ERROR, "Return True, False"),
        ("NaN", ERROR, "Return True, False"),
        ('"yes"', ERROR, "Return True, False"),
        ('{"passed": "yes"}', ERROR, "must be True or False"),
        ('{"score": null}', ERROR, "Return True, False"),
        ("[" * 100_000, ERROR, "couldn't be read"),
    ],
)
def test_the_answer_of_code_becomes_an_outcome(
    monkeypatch: pytest.MonkeyPatch, answer: str, state: str, reason: str
) -> None:
    found = grade_code(monkeypatch, printing(answer))
    assert (found[0], reason in found[1]) == (state, True)


def ended(how: str, **more: Any) -> Execution:
    return Execution([], new_session=False, ended=how, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (ended("ok"), "gave no result"),
        (ended("error", error="Traceback\nKeyError: 'x'"), "failed: KeyError: 'x'"),
        (ended("interrupted", reason="It ran for 10 s."), "was stopped. It ran for 10 s."),
        (ended("killed"), "ended without a result"),
        (SandboxUnavailable("No host is configured."), "No host is configured."),
        (FileRefused("no space"), "no space"),
        (SessionLost("gone"), "couldn't run"),
    ],
)
def test_code_that_fails_is_an_error_of_the_check(
    monkeypatch: pytest.MonkeyPatch, end: Execution | Exception, reason: str
) -> None:
    state, said, _session = grade_code(monkeypatch, end)
    assert state == ERROR
    assert reason in said


def test_code_runs_in_the_session_of_its_experiment_with_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conf, "CHECK_CODE_SECONDS", 3.0)
    _state, _reason, session = grade_code(monkeypatch, printing("true"))
    [call] = session.calls
    assert (call["session"], call["limits"].wall_seconds) == ("checks-experiment_1", 3.0)
    [file] = call["files"]
    assert file.name == FILE
    # What a model wrote is in the file and never in the code.
    assert "Oslo" not in call["code"]
    assert b"Oslo" in b"".join(file.open())


class Embedder:
    """Texts with "Oslo" are one way, others the other."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str], kind: str = "passage") -> list[Vector]:
        if self.problem:
            raise EmbeddingError(self.problem)
        self.texts += texts
        return [array("f", [1.0, 0.0] if "Oslo" in text else [0.0, 1.0]) for text in texts]


def with_embedder(monkeypatch: pytest.MonkeyPatch, problem: str = "") -> Embedder:
    embedder = Embedder(problem)
    monkeypatch.setattr(meaning, "embedder_of", lambda model: embedder)
    return embedder


def test_meanings_are_compared_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = with_embedder(monkeypatch)
    [outcome] = grade(SIMILAR)
    assert (outcome.state, outcome.score) == (PASSED, pytest.approx(1.0))
    [outcome] = grade({**SIMILAR, "value": "Rome"})
    assert (outcome.state, outcome.score) == (FAILED, 0.0)
    embedder.texts.clear()
    grade({**SIMILAR, "value": "x" * 1_000_000})
    assert len(embedder.texts) == 41
    assert max(map(len, embedder.texts)) == 800


def test_without_an_embedding_model_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with_embedder(monkeypatch, "Install it.")
    [outcome] = grade(SIMILAR)
    assert (outcome.state, "Install it." in outcome.reason) == (ERROR, True)


def test_an_endpoint_that_compares_meanings_is_counted(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Endpoint(name="e", base_url=provider.base_url, api_key="k", networks=OPERATOR)
    remote = RemoteEmbedder(endpoint, "embedder-1")
    monkeypatch.setattr(meaning, "embedder_of", lambda model: remote)
    judge = Judge(run=cast.run, model="", budget=NoBudget())
    [outcome] = grade(SIMILAR, judge=judge)
    assert outcome.score is not None
    call = DirectCall.objects.get()
    assert (call.kind, call.model, call.usage["prompt_tokens"] > 0) == ("check", "embedder-1", True)

    def refuse(_project_id: str, _caller: Caller) -> None:
        raise ApiError("You exceeded the quota of this project.")

    monkeypatch.setattr(meaning, "require_money", refuse)
    [outcome] = grade(SIMILAR, judge=judge)
    assert (outcome.state, "exceeded the quota" in outcome.reason) == (ERROR, True)
    remote.close()


def test_everything_together(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", provider.base_url)
    with_embedder(monkeypatch)
    session = Session(printing("true"))
    monkeypatch.setattr(python, "sandbox", lambda: session)
    judge = Judge(run=cast.run, model="scripted-1", budget=NoBudget())
    rubric = {"kind": "judge_rubric", "rubric": "Is it short?"}
    pair = {"kind": "judge_pair", "rubric": "Shorter?"}
    provider.enqueue(
        Reply(text='{"reason": "Short.", "verdict": "yes"}'),
        Reply(text='{"reason": "A.", "verdict": "first"}'),
        Reply(text='{"reason": "B.", "verdict": "second"}'),
    )
    checks = [rubric, CODE, SIMILAR, pair]
    outcomes = grade(*checks, judge=judge, item={"baseline": "It's warm."})
    assert [each.state for each in outcomes] == [PASSED] * 4
    assert [each.reason for each in outcomes][::3] == ["Short.", "A."]

    provider.history.clear()
    session.end = printing("false")
    outcomes = grade(*checks, judge=judge, item={"baseline": "It's warm."})
    assert [each.state for each in outcomes] == [SKIPPED, FAILED, PASSED, SKIPPED]
    assert provider.completions == []
