"""Settings come from environment variables, and a wrong one stops the start by its name."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from assistants_app import conf, conf_rules
from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.settings import Setting
from playground import env, variables
from playground.logs import LineFormatter
from tests.settings_page import PAGE, page_with, tables

ROOT = Path(__file__).resolve().parent.parent
DECLARED = {**variables.SETTINGS, **conf.SETTINGS}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def refusal(**given: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        conf_rules.check(given)
    return str(caught.value)


def test_the_page_shows_the_settings_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_with(tables()), "Run `make settings`."


@pytest.mark.parametrize("module", [conf, variables])
def test_each_setting_has_the_type_of_its_default(module: Any) -> None:
    types = {name: kind for name, kind in module.__annotations__.items() if name != "SETTINGS"}
    defaults = {
        name: list[str] if isinstance(one.default, list) else type(one.default or "")
        for name, one in module.SETTINGS.items()
        if not isinstance(one.default, bool | int | float)
    }
    numbers = {
        name: type(one.default) for name, one in module.SETTINGS.items() if name not in defaults
    }
    assert types == defaults | numbers


@pytest.mark.parametrize("name", DECLARED)
def test_a_setting_is_described_in_one_sentence(name: str) -> None:
    meaning = DECLARED[name].meaning
    assert meaning[0].isupper()
    assert meaning.endswith(".")
    assert ". " not in meaning


def test_the_defaults_go_together() -> None:
    conf_rules.check({})


def test_an_environment_variable_reaches_the_app() -> None:
    code = "from assistants_app import conf; print(conf.LEASE_SECONDS, conf.SANDBOX_HOSTS)"
    shown = manage(
        *("shell", "-v", "0", "-c", code),
        LEASE_SECONDS="7.5",
        SANDBOX_HOSTS="a:1, unix:/b",
        SANDBOX_SECRET="x" * 16,
    )
    assert shown.stdout == "7.5 ['a:1', 'unix:/b']\n"


def test_a_wrong_value_stops_the_start_in_one_line() -> None:
    stopped = manage("check", LEASE_SECONDS="soon")
    assert stopped.returncode == 1
    assert stopped.stderr == "LEASE_SECONDS must be a number, not 'soon'.\n"


def test_values_that_do_not_go_together_stop_the_start() -> None:
    stopped = manage("check", LEASE_SECONDS="2", HEARTBEAT_SECONDS="1.5")
    assert stopped.stderr == (
        "HEARTBEAT_SECONDS is 1.5, but must be at most half of LEASE_SECONDS (2), because one "
        "missed renewal must not lose the claim.\n"
    )


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("RUN_TURNS", "5", 5),
        ("SWEEP_SECONDS", "3", 3.0),
        ("SANDBOX_HOSTS", " a:1 ,, b:2 ", ["a:1", "b:2"]),
        ("RERANKER_URL", "", ""),
        ("BEHIND_TLS_PROXY", "Yes", True),
        ("DEBUG", "", False),
        ("LOG_LEVEL", "ERROR", "ERROR"),
    ],
)
def test_text_is_read_by_its_type(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any
) -> None:
    monkeypatch.setenv(name, text)
    found = env.read(name, DECLARED)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("RUN_TURNS", "5.5", "RUN_TURNS must be a whole number, not '5.5'."),
        ("RUN_TURNS", "0", "RUN_TURNS must be at least 1, not 0."),
        ("SWEEP_SECONDS", "inf", "SWEEP_SECONDS must be a number, not 'inf'."),
        ("SWEEP_SECONDS", "0.05", "SWEEP_SECONDS must be at least 0.1, not 0.05."),
        ("DEBUG", "maybe", "DEBUG must be true or false, not 'maybe'."),
        (
            "LOG_LEVEL",
            "loud",
            "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'loud'.",
        ),
        (
            "DATABASE_URL",
            "mysql://u:secret@h/d",
            "DATABASE_URL must be a URL that starts with postgresql:// or postgres://.",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, sentence: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ConfigurationError) as caught:
        env.read(name, DECLARED)
    assert str(caught.value) == sentence


def test_a_required_setting_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    with pytest.raises(ConfigurationError, match="SECRET_KEY is not set"):
        env.read("SECRET_KEY", DECLARED)


def test_a_value_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "turns"
    path.write_text("5\n")
    monkeypatch.setenv("RUN_TURNS_FILE", str(path))
    assert env.read("RUN_TURNS", DECLARED) == 5
    monkeypatch.setenv("RUN_TURNS_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ConfigurationError, match="Can.t read .*RUN_TURNS_FILE: No such file"):
        env.read("RUN_TURNS", DECLARED)


def test_a_setting_may_take_the_value_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://a/v1")
    assert env.read("EMBEDDING_BASE_URL", DECLARED) == "http://a/v1"
    monkeypatch.setenv("EMBEDDING_BASE_URL", "http://b/v1")
    assert env.read("EMBEDDING_BASE_URL", DECLARED) == "http://b/v1"


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"INDEX_HEARTBEAT_SECONDS": 6.0}, ("INDEX_HEARTBEAT_SECONDS", "INDEX_LEASE_SECONDS")),
        ({"LEASE_SECONDS": 700.0}, ("LEASE_SECONDS", "RUN_EXPIRES_AFTER")),
        ({"CODE_SECONDS": 601.0}, ("CODE_SECONDS", "RUN_EXPIRES_AFTER")),
        ({"ATTACHMENT_PATIENCE": 601.0}, ("ATTACHMENT_PATIENCE", "RUN_EXPIRES_AFTER")),
        ({"EVENT_LOG_TTL": 599}, ("RUN_EXPIRES_AFTER", "EVENT_LOG_TTL")),
        ({"SANDBOX_HOSTS": ["a:1"]}, ("SANDBOX_HOSTS", "SANDBOX_SECRET")),
        (
            {"ENDPOINT_DENIED_NETWORKS": ["10.0.0.0/8", "intranet"]},
            ("ENDPOINT_DENIED_NETWORKS", "intranet"),
        ),
        (
            {"ENDPOINT_ALLOWED_NETWORKS": ["10.0.0.5/8"]},
            ("ENDPOINT_ALLOWED_NETWORKS", "10.0.0.5/8"),
        ),
    ],
)
def test_values_must_go_together(given: dict[str, Any], names: tuple[str, str]) -> None:
    sentence = refusal(**given)
    assert all(name in sentence for name in names)


def test_a_setting_that_is_none_is_refused() -> None:
    assert refusal(LEASE_SECOND=5.0) == "There is no setting named LEASE_SECOND."


def test_a_project_may_leave_settings_out(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = conf.RUN_TURNS
    for project, turns in (({"RUN_TURNS": 7}, 7), ({}, 32)):
        monkeypatch.delitem(vars(conf), "RUN_TURNS")
        monkeypatch.setattr(settings, "PLAYGROUND", project)
        assert turns == conf.RUN_TURNS
    monkeypatch.undo()
    assert usual == conf.RUN_TURNS


def test_declarations_do_not_share_their_names() -> None:
    assert not variables.SETTINGS.keys() & conf.SETTINGS.keys()
    assert all(isinstance(one, Setting) for one in DECLARED.values())


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("plain é", "WARNING a: plain é"),
        ("GET /x\nERROR django: forged", "WARNING a: GET /x\n  ERROR django: forged"),
        ("\x1b[2J\r\x00\u202e", r"WARNING a: \x1b[2J\r\x00\u202e"),
        ("a stack\n\tline 1", "WARNING a: a stack\n  \tline 1"),
        (f"Forbidden: /sign-in/{'a-_1' * 11}/", "WARNING a: Forbidden: /sign-in/[token]/"),
        (f"GET /s/{'b' * 43} 500", "WARNING a: GET /s/[token] 500"),
        (f"GET /p/proj_{'c' * 24}/", f"WARNING a: GET /p/proj_{'c' * 24}/"),
    ],
)
def test_no_text_in_a_log_message_passes_for_another_line(message: str, line: str) -> None:
    formatter: Any = settings.LOGGING["formatters"]
    formatter = formatter["line"]
    shown = LineFormatter(formatter["format"])
    assert formatter["()"] == f"{LineFormatter.__module__}.{LineFormatter.__name__}"
    record = logging.LogRecord("a", logging.WARNING, "", 0, "%s", (message,), None)
    assert shown.format(record) == line
