"""The assistant's model writes functions from descriptions."""

import json

import pytest

from assistants_app import conf
from tests.cast import Cast
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.web.assistants.function_dialogs import WEATHER, Dialog


@pytest.fixture
def writer(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    """The assistant's model, which writes functions."""
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", provider.base_url)
    return provider


@pytest.fixture
def dialog(cast: Cast) -> Dialog:
    return Dialog(cast)


def test_the_model_writes_a_function_from_a_description(
    dialog: Dialog, writer: ScriptedProvider
) -> None:
    replies = [
        json.dumps(WEATHER),
        f"Sure:\n```json\n{json.dumps(WEATHER)}\n```",
        json.dumps({"type": "function", "function": {**WEATHER, "name": "get weather"}}),
    ]
    for text in replies:
        writer.enqueue(Reply(text=text))
        page = dialog.step("generate", about="The weather of a city", model="scripted-2", tab="x")
        assert page.function["parameters"] == WEATHER["parameters"]
        assert page.function["name"] == "get_weather"
        assert page.values("input[name=tab]") == ["json"]
    writer.enqueue(Reply(text='{"name": "get_time"}'))
    page = dialog.step("generate", about="The time", model="scripted-2", tab="generate")
    assert dialog.step("done", function=json.dumps(page.function), tab="json").status == 200
    asked = writer.completions[0]
    assert asked["model"] == "scripted-2"
    assert asked["messages"][1]["content"] == "The weather of a city"


@pytest.mark.parametrize(
    ("reply", "data", "told"),
    [
        (Reply(text="I can't do that."), {}, "scripted-1 didn't write a function"),
        (Reply(text="[1]"), {}, "scripted-1 didn't write a function"),
        (Reply(text='{"parameters": {}}'), {}, "scripted-1 didn't write a function"),
        (Reply(text=json.dumps(WEATHER), finish_reason="length"), {}, "more capable model"),
        (Reply(status=401), {}, "401"),
        (Reply(), {"about": " "}, "Describe the function first"),
        (Reply(), {"model": ""}, "Choose a model"),
    ],
    ids=["text", "list", "nameless", "cut", "refused", "nothing", "no-model"],
)
def test_a_function_that_was_not_written_has_a_clear_error(
    dialog: Dialog, writer: ScriptedProvider, reply: Reply, data: dict[str, str], told: str
) -> None:
    writer.enqueue(reply)
    kept = json.dumps(WEATHER)
    body = {"about": "Orders", "model": "scripted-1", "function": kept, "tab": "generate", **data}
    page = dialog.step("generate", **body)
    assert page.status == 422
    assert told in page.text("[role=alert]")
    assert page.text("#fn-about") == body["about"].strip()
    assert page.function == WEATHER


def test_without_an_endpoint_the_dialog_says_how_to_connect_one(dialog: Dialog) -> None:
    page = dialog.step("generate", about="Orders", model="scripted-1", tab="generate")
    assert "No model endpoint is connected" in page.text("[role=alert]")
