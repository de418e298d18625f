"""The dialog that connects an endpoint, and what it offers then."""

import json
import re
import time
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from assistants_app import conf
from assistants_app.domain.errors import KeyRefused
from assistants_app.gateway.sealing import unseal
from assistants_app.models import Assistant, AssistantDraft, AssistantVersion, ModelEndpoint
from assistants_app.providers import discovery
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.queries.threads.state import thread_runs
from assistants_app.rendering.runs.waiting_card import render_outcome
from assistants_app.services.project.endpoints import connect_endpoint
from assistants_app.web.project.endpoints import PRESETS
from tests.cast import Cast
from tests.fakes.provider import ScriptedProvider
from tests.fakes.raw import dripping_server, http, raw_server
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


def errors_in(answer: Any) -> dict[str, str]:
    """Return the errors of an answer that contains nothing else, by field."""
    html = unescape(answer.content.decode())
    partial = re.compile(
        r'<hx-partial hx-target="#e-e-(\w+)" hx-swap="innerHTML">(.*?)</hx-partial>'
    )
    assert partial.sub("", html).strip() == ""
    return dict(partial.findall(html))


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
    said = errors_in(answer)
    assert "Couldn't reach" in said.pop("base_url")
    assert said == {"api_key": ""}  # nothing else: the form, and the key in it, stay as they are
    assert "sk-secret" not in answer.content.decode()
    assert not ModelEndpoint.objects.exists()


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/v1", "http://2852039166", "https://[::ffff:a9fe:a9fe]/v1", "0"]
)
def test_metadata_services_of_clouds_are_no_endpoints(alice: Client, cast: Cast, url: str) -> None:
    said = errors_in(connect(alice, cast, url))
    assert re.match("This site doesn't connect to the address of|Enter the", said["base_url"])
    assert not ModelEndpoint.objects.exists()


def test_an_operator_decides_where_endpoints_may_be(
    alice: Client, cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "ENDPOINT_DENIED_NETWORKS", ["127.0.0.0/8"])
    said = errors_in(connect(alice, cast, provider.base_url))
    assert said["base_url"].startswith("This site doesn't connect to the address of")
    monkeypatch.setattr(conf, "ENDPOINT_DENIED_NETWORKS", [])
    monkeypatch.setattr(conf, "ENDPOINT_ALLOWED_NETWORKS", ["10.0.0.0/8"])
    said = errors_in(connect(alice, cast, provider.base_url))
    assert said["base_url"].startswith("This site doesn't connect to the address of")
    assert provider.history == []
    monkeypatch.setattr(conf, "ENDPOINT_ALLOWED_NETWORKS", ["127.0.0.0/8"])
    assert connect(alice, cast, provider.base_url).status_code == 200


def test_a_server_that_sends_a_byte_at_a_time_does_not_hold_the_form(
    alice: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "CHECK_SECONDS", 0.3)
    with dripping_server(b"HTTP/1.1 200 OK\r\n\r\n", b" ", pause=0.02) as slow:
        begun = time.monotonic()
        said = errors_in(connect(alice, cast, slow.base_url))
    assert "didn't respond in time" in said["base_url"]
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("status", [200, 403, 500])
def test_a_page_of_an_internal_server_is_not_shown(alice: Client, cast: Cast, status: int) -> None:
    page = b"<html><body>Internal wiki, hunter2</body></html>"
    with raw_server(http(status, "text/html", page)) as wiki:
        answer = connect(alice, cast, wiki.base_url)
    assert answer.status_code == 422
    assert "hunter2" not in answer.content.decode()


def test_a_refused_key_is_an_error_of_the_key(
    alice: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(endpoint: Endpoint) -> list[ModelInfo]:
        raise KeyRefused("server_error", "Mine didn't accept the API key (401). Check it.")

    monkeypatch.setattr("assistants_app.services.project.endpoints.check_endpoint", refuse)
    said = errors_in(connect(alice, cast, "https://api.example.com/v1"))
    assert "didn't accept the API key" in said.pop("api_key")
    assert said == {"base_url": ""}


def test_a_run_that_failed_for_its_key_leads_to_the_endpoint(cast: Cast) -> None:
    for message, named in (
        ("It's “Mine” didn't accept the API key (401). Check the key.", "It's “Mine”"),
        ("Mine requires an API key (401). Set one for this endpoint.", "Mine"),
    ):
        cast.run.status = "failed"
        cast.run.last_error = {"code": "server_error", "message": message}
        cast.run.save()
        html = render_outcome(thread_runs(cast.run.thread_id))
        [button] = LexborHTMLParser(html).css("[data-dialog=endpoint-dialog]")
        assert json.loads(button.attributes["hx-vals"] or "")["named"] == named
    cast.run.last_error = {"code": "server_error", "message": "Mine returned an error (500)."}
    cast.run.save()
    assert "endpoint-dialog" not in render_outcome(thread_runs(cast.run.thread_id))


def test_the_key_of_the_environment_is_changed_on_the_server(
    alice: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Endpoint(name="api.example.com", base_url="https://api.example.com/v1", api_key="k")
    monkeypatch.setattr("assistants_app.web.project.endpoints.endpoints_of", lambda _: [endpoint])
    page = alice.get(project_url(cast, "endpoints"), {"named": endpoint.name}).content.decode()
    html = squeezed(page)
    assert "The key of api.example.com is set on the server, with OPENAI_API_KEY." in html
    assert f'value="{endpoint.base_url}"' in html
    other = alice.get(project_url(cast, "endpoints"), {"named": "gone"}).content.decode()
    assert "OPENAI_API_KEY" not in other


def test_a_server_of_ones_own_needs_no_scheme(
    alice: Client, cast: Cast, openai: ScriptedProvider
) -> None:
    assert connect(alice, cast, f"localhost:{openai.port}").status_code == 200
    assert ModelEndpoint.objects.get().base_url == f"http://localhost:{openai.port}/v1"


def test_an_endpoint_gets_another_key_without_typing_all_again(
    alice: Client, cast: Cast, openai: ScriptedProvider
) -> None:
    connect(alice, cast, openai.base_url, name="Mine")
    row = ModelEndpoint.objects.get()
    listed = alice.get(project_url(cast, "endpoints")).content.decode()
    assert f"edit={row.id}" in listed
    for query in ({"edit": row.id}, {"named": "Mine"}):
        html = squeezed(alice.get(project_url(cast, "endpoints"), query).content.decode())
        assert f'name="endpoint" value="{row.id}"' in html
        assert f'value="{row.base_url}"' in html
        assert 'value="Mine"' in html
        assert "sk-secret" not in html
    # Without a key, the stored one stays.
    changed = {"endpoint": row.id, "name": "Ours"}
    html = connect(alice, cast, row.base_url, api_key="", **changed).content.decode()
    assert "Ours is saved" in html
    row.refresh_from_db()
    assert (row.name, unseal(row.encrypted_key)) == ("Ours", "sk-secret")
    connect(alice, cast, row.base_url, api_key="sk-new", **changed)
    row.refresh_from_db()
    assert unseal(row.encrypted_key) == "sk-new"
    # The stored key isn't sent to another server.
    refused = connect(alice, cast, "http://127.0.0.1:9/v1", api_key="", **changed)
    assert "Enter the key again." in errors_in(refused)["api_key"]
    assert connect(alice, cast, row.base_url, endpoint="endp_none", api_key="").status_code == 404
    assert ModelEndpoint.objects.count() == 1


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


def test_undo_publishes_the_earlier_models_of_assistants_without_newer_versions(
    alice: Client, demo: Assistant, cast: Cast
) -> None:
    edited = Assistant.objects.create(project=cast.project, model="small")
    deleted = Assistant.objects.create(project=cast.project, model="small")
    AssistantDraft.objects.create(
        assistant=demo, user=cast.alice, base_number=demo.version_number,
        changes={"model": "small"},
    )  # fmt: skip
    use(alice, cast, all="1", model="gpt-4o")
    page = alice.get(project_url(cast, "playground")).content.decode()
    [address] = re.findall(r'action="([^"]*/use/undo/)"', page)
    edited.refresh_from_db()
    edited.version_number += 1
    edited.save()
    deleted.delete()

    shown = alice.post(address, follow=True).content.decode()
    assert "1 assistant uses its earlier model again. 2 have changed since" in shown
    assert demo.model == "small"
    before = demo.version_number
    demo.refresh_from_db()
    assert (demo.model, demo.version_number) == ("small", before + 2)
    version = AssistantVersion.objects.get(assistant_id=demo.id, number=demo.version_number)
    assert (version.source, version.author) == ("restore", cast.alice)
    draft = AssistantDraft.objects.get(assistant=demo, user=cast.alice)
    assert (draft.changes, draft.base_number) == ({"model": "small"}, demo.version_number)
    edited.refresh_from_db()
    assert edited.model == "gpt-4o"
    # Once: the toast may still be on another page.
    assert "0 assistants use" in alice.post(address, follow=True).content.decode()
    demo.refresh_from_db()
    assert demo.version_number == before + 2


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
