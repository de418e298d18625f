"""The Python code of checks, in a real session of the sandbox."""

from typing import Any

import pytest

from assistants_app import conf
from assistants_app.domain.checks.check import Check, CheckError, Finding
from assistants_app.domain.checks.sample import Sample, ToolUse
from assistants_app.providers.chat import StopSignal
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.tools.checks import python
from assistants_app.tools.checks.python import PythonGrader

SAMPLE = Sample(text="It is 21 °C.", calls=(ToolUse("get_weather", {"city": "Oslo"}),))
ITEM: dict[str, Any] = {"variables": {"city": "Oslo"}, "expected": {"degrees": 21}}


@pytest.fixture
def graders(sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch) -> PythonGrader:
    monkeypatch.setattr(python, "sandbox", lambda: sandbox)
    return PythonGrader("test", StopSignal())


def run(grader: PythonGrader, code: str, text: str = SAMPLE.text) -> Finding:
    sample = Sample(text=text, calls=SAMPLE.calls)
    return grader(Check("python", params={"code": code}), sample, ITEM)


@pytest.mark.parametrize(
    ("code", "score"),
    [
        ("'21' in sample.text", 1.0),
        ("'21' in output and context['vars']['city'] == 'Oslo'", 1.0),
        ("item['expected']['degrees'] / 42", 0.5),
        ("sample.calls[0].arguments.city == item.variables.city", 1.0),
        ("import numpy\ndef grade(sample, item):\n    return numpy.float64(0.25)", 0.25),
        ("import numpy\ndef grade(sample, item):\n    return numpy.bool_(True)", 1.0),
        ("if len(output) > 99:\n    return False\nreturn {'score': 0.75, 'reason': 'ok'}", 0.75),
        ("print('x' * 3_000_000)\ndef grade(sample, item): return True", 1.0),
        (
            "def grade(sample, item):\n    def inner():\n        return 1\n    return inner() == 1",
            1.0,
        ),
    ],
)
def test_code_grades_a_reply(graders: PythonGrader, code: str, score: float) -> None:
    assert run(graders, code).score == score


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("sample.missing", "AttributeError: missing"),
        ("x = 1", "Define a function grade"),
        ("grade = 5", "Define a function grade"),
        ("import sys; sys.exit()", "code"),
        ("def grade(sample, item): pass", "returned “null”"),
        ("__import__('socket').create_connection(('1.1.1.1', 53), 2)", "failed"),
        ("'a' * 10**11", "[Mm]emory"),
    ],
)
def test_code_that_fails_says_why(graders: PythonGrader, code: str, reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        run(graders, code)
    # The session goes on, or a new one begins.
    assert run(graders, "True").score == 1.0


def test_rows_share_a_session_and_no_names(graders: PythonGrader) -> None:
    run(graders, "import os\nseen = 1\nos.environ['SEEN'] = '1'\ndef grade(sample, item): return 1")
    assert run(graders, "'seen' in globals() or 'grade' in globals()").score == 0.0
    assert run(graders, "__import__('os').environ['SEEN'] == '1'").score == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "'''\"\"\"\\\n{}\r\u2028\0",
        '"}); import os; os._exit(1) #',
        "<mark>true<mark>",
        "\ud83d",
        "x" * 1_000_000,
    ],
)
def test_a_reply_is_data(graders: PythonGrader, text: str) -> None:
    assert run(graders, f"len(sample.text) == {len(text)}", text).score == 1.0


def test_code_that_does_not_end_is_stopped(
    graders: PythonGrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "CHECK_CODE_SECONDS", 1.0)
    with pytest.raises(CheckError, match="was stopped"):
        run(graders, "while True: pass\ndef grade(sample, item): return 1")
