"""The dialog that connects an endpoint, and what it offers then."""

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.gateway.sealing import unseal
from assistants_app.models import Assistant, AssistantDraft, AssistantVersion, ModelEndpoint
from assistants_app.providers import discovery
from assistants_app.services.project.endpoints import connect_endpoint
from assistants_app.web.project.endpoints import PRESETS
from tests.cast import Cast
from tests.fakes.provider import ScriptedProvider
from tests.web.pages import HTMX, project_url, signed_in, squeezed

MODELS = ["text-embedding-3-small", "whisper-1", "o3-mini", "gpt-4o", "gpt-4o-mini"]


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


@pytest.fixture
def openai(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    """A server with models for all purposes. No other runs on this machine."""
    monkeypatch.setattr(provider, "models", MODELS)
    monkeypatch.setattr(discovery, "USUAL_PORTS", {9: "Nothing"})
    return provider


def connect(alice: Client, cast: Cast, base_url: str, **more: str) -> Any:
    body = {"base_url": base_url, "api_key": "sk-secret", **more}
    return alice.post(project_url(cast, "endpoints"), body, headers=HTMX)


def use(alice: Client, cast: Cast, **body: str) -> Any:
    return alice.post(project_url(cast, "use_model"), body, headers=HTMX)


@pytest.fixture
def demo(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """The cast's assistant, on the bundled model."""
    monkeypatch.setattr("assistants_app.web.project.endpoints.demo_models", lambda _: {"small"})
    cast.assistant.model = "small"
    cast.assistant.save()
    return cast.assistant


def test_a_failed_check_returns_the_error_alone(alice: Client, cast: Cast) -> None:
    answer = connect(alice, cast, "http://127.0.0.1:9/v1")
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#e-e-base_url"
    assert "Couldn't reach" in unescape(answer.content.decode())
    assert "<" not in answer.content.decode()  # the form, and the key in it, stay as they are
    assert not ModelEndpoint.objects.exists()


def test_the_dialog_has_the_focus_and_the_usual_servers(
    alice: Client, cast: Cast, openai: ScriptedProvider
) -> None:
    html = squeezed(alice.get(project_url(cast, "endpoints")).content.decode())
    assert html.count("autofocus") == 1
    assert "autofocus" in html.split('id="e-url"')[1].split(">")[0]
    for preset in PRESETS:
        assert f'data-sets="e-url" value="{preset.base_url}"' in html
    assert {"OpenAI", "Azure", "OpenRouter", "Ollama", "vLLM"} <= {one.name for one in PRESETS}


def test_azure_needs_the_name_of_a_resource(alice: Client, cast: Cast) -> None:
    [azure] = [one for one in PRESETS if one.name == "Azure"]
    answer = connect(alice, cast, azure.base_url)
    assert answer.status_code == 422
    assert "Replace YOUR-RESOURCE with the name of your Azure resource." in answer.content.decode()


def test_it_says_how_many_models_it_found_and_offers_a_usual_one(
    alice: Client, demo: Assistant, cast: Cast, openai: ScriptedProvider
) -> None:
    Assistant.objects.create(project=cast.project, model="small", name="Second")
    html = squeezed(connect(alice, cast, openai.base_url, a=demo.id).content.decode())
    assert "3 models found." in html
    assert "<option selected>gpt-4o</option>" in html
    assert "text-embedding" not in html
    assert f"Use for “{demo.name}”" in html
    assert "Use for all 2 assistants on the demo model" in html
    assert "Changes your draft. API clients keep the published version." in html
    assert "Publishes a new version of each." in html


def test_for_one_assistant_there_is_one_button(
    alice: Client, demo: Assistant, cast: Cast, openai: ScriptedProvider
) -> None:
    html = connect(alice, cast, openai.base_url, a=demo.id).content.decode()
    assert "on the demo model" not in html


def test_an_assistant_with_one_of_the_models_needs_nothing(
    alice: Client, cast: Cast, openai: ScriptedProvider
) -> None:
    Assistant.objects.update(model="gpt-4o")
    html = connect(alice, cast, openai.base_url, a=cast.assistant.id).content.decode()
    assert "3 models found." in squeezed(html)
    assert "Use for" not in html


def test_for_this_assistant_the_draft_changes(alice: Client, demo: Assistant, cast: Cast) -> None:
    answer = use(alice, cast, a=demo.id, model="gpt-4o")
    assert answer["HX-Refresh"] == "true"
    assert AssistantDraft.objects.get(assistant=demo, user=cast.alice).changes == {
        "model": "gpt-4o"
    }
    demo.refresh_from_db()
    assert demo.model == "small"


def test_for_all_a_version_is_published_and_ones_draft_follows(
    alice: Client, demo: Assistant, cast: Cast
) -> None:
    other = Assistant.objects.create(project=cast.project, model="gpt-4o-mini")
    stranger = Assistant.objects.create(project=cast.other_project, model="small")
    AssistantDraft.objects.create(
        assistant=demo, user=cast.alice, base_number=demo.version_number,
        changes={"model": "small", "name": "New name"},
    )  # fmt: skip
    AssistantDraft.objects.create(
        assistant=demo, user=cast.bob, base_number=demo.version_number, changes={"name": "Bob's"}
    )
    use(alice, cast, all="1", model="gpt-4o")
    demo.refresh_from_db()
    assert demo.model == "gpt-4o"
    version = AssistantVersion.objects.get(assistant_id=demo.id, number=demo.version_number)
    assert version.configuration["model"] == "gpt-4o"
    assert version.author == cast.alice
    mine = AssistantDraft.objects.get(assistant=demo, user=cast.alice)
    assert mine.changes == {"name": "New name"}
    assert mine.base_number == demo.version_number
    assert AssistantDraft.objects.get(assistant=demo, user=cast.bob).base_number == 0
    for untouched in (other, stranger):
        model = untouched.model
        untouched.refresh_from_db()
        assert untouched.model == model


def test_in_the_settings_the_page_is_loaded_again(
    alice: Client, cast: Cast, openai: ScriptedProvider
) -> None:
    answer = connect(alice, cast, openai.base_url, settings="1")
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")
    page = alice.get(project_url(cast, "settings")).content.decode()
    assert "Endpoint connected." in page
    assert "sk-secret" not in page


@pytest.mark.parametrize(
    "again", ["{root}/v1/", "{root}", "{ROOT}/v1", "{root}/v1/models", "{loop}"]
)
def test_a_server_is_connected_once(cast: Cast, openai: ScriptedProvider, again: str) -> None:
    root = f"http://localhost:{openai.port}"
    spelled = again.format(
        root=root, ROOT=root.upper().replace("HTTP", "http"), loop=f"http://127.0.0.1:{openai.port}"
    )
    for base_url, key in ((f"{root}/v1", "old"), (spelled, "new")):
        connect_endpoint(project=cast.project, name="", base_url=base_url, api_key=key)
    [row] = ModelEndpoint.objects.filter(project=cast.project)
    assert row.base_url.endswith(f":{openai.port}/v1")
    assert unseal(row.encrypted_key) == "new"


def test_servers_that_are_connected_are_not_found_again(
    alice: Client, cast: Cast, openai: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "USUAL_PORTS", {openai.port: "Ollama"})
    address = project_url(cast, "endpoints")
    assert "Found on this machine" in alice.get(address).content.decode()
    connect(alice, cast, f"http://localhost:{openai.port}/v1")
    assert "Found on this machine" not in alice.get(address).content.decode()


def test_the_list_of_models_has_no_embeddings_and_no_speech(
    alice: Client, cast: Cast, openai: ScriptedProvider
) -> None:
    connect(alice, cast, openai.base_url)
    html = squeezed(alice.get(project_url(cast, "models")).content.decode())
    assert [name for name in MODELS if f'value="{name}"' in html] == MODELS[2:]
    address = reverse("assistants", args=[cast.project.id])
    alice.post(address, {"template": "writer"}, headers=HTMX)
    assert Assistant.objects.order_by("pk").last().model == "gpt-4o"  # type: ignore[union-attr]


def test_a_blank_assistant_begins_with_its_name(alice: Client, cast: Cast) -> None:
    address = reverse("assistants", args=[cast.project.id])
    blank = alice.post(address, {"template": "blank"}, headers=HTMX)["HX-Redirect"]
    other = alice.post(address, {"template": "tutor"}, headers=HTMX)["HX-Redirect"]
    assert blank.endswith("#name")
    assert "#" not in other
