"""What a newcomer sees: an empty project, templates, and the recorded example."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.domain.rights import OWNER
from assistants_app.events import log
from assistants_app.gateway import endpoints
from assistants_app.gateway.endpoints import ModelsOfEndpoint
from assistants_app.models import Assistant, Membership, Project, Run, Thread
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.redis_client import client
from assistants_app.services.assistants.requests import create_from_template
from assistants_app.web.assistants.starters import STARTERS, suggested_prompts
from assistants_app.wire.assistants.templates import TEMPLATES
from tests.cast import Cast
from tests.web.pages import HTMX, signed_in, squeezed

DEMO = Endpoint(name="Bundled model", base_url="http://demo", api_key="", demo=True)
OWN = Endpoint(name="OpenAI", base_url="http://own", api_key="")


@pytest.fixture
def project(cast: Cast) -> Project:
    """A project without assistants, of Alice."""
    project = Project.objects.create(name="New")
    Membership.objects.create(project=project, user=cast.alice, role=OWNER)
    return project


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


@pytest.fixture(autouse=True)
def only_demo(monkeypatch: pytest.MonkeyPatch) -> list[Endpoint]:
    """The endpoints of all projects: the bundled model alone."""
    connected = [DEMO]
    monkeypatch.setattr(endpoints, "endpoints_of", lambda *_: connected)
    monkeypatch.setattr(endpoints, "models_of", models_of)
    return connected


def models_of(endpoint: Endpoint, *, refresh: bool = False) -> ModelsOfEndpoint:
    names = ["small"] if endpoint.demo else ["gpt-4o", "gpt-4o-mini"]
    return ModelsOfEndpoint(endpoint, [ModelInfo(name, 0, "") for name in names])


def playground(alice: Client, project: Project, **query: str) -> str:
    address = reverse("playground", args=[project.id])
    return squeezed(alice.get(address, query).content.decode())


def button(html: str, text: str) -> str:
    """Return the tag of the only button with this text."""
    found = re.findall(r"<button((?:(?!<button).)*?)</button>", html)
    [tag] = [one.split(">")[0] for one in found if text in re.sub(r"<[^>]*>", "", one)]
    return str(tag)


def test_an_empty_project_offers_a_model_and_the_example_before_templates(
    alice: Client, project: Project
) -> None:
    html = playground(alice, project)
    main = html.split('id="main"')[1]
    assert "primary" in button(main, "Connect a model")
    assert "primary" not in button(main, "Play a recorded example")
    places = [main.index(text) for text in ("Connect a model", "Play a recorded", "Short answers")]
    assert places == sorted(places)


def test_templates_are_shown_once_with_their_tools(alice: Client, project: Project) -> None:
    html = playground(alice, project)
    main, assistants = html.split('id="main"')[1], html.split('id="assistants"')[1]
    for starter in STARTERS:
        assert main.count(f"<b>{starter.name}</b>".replace("&", "&amp;")) == 1
    assert "No assistants yet. Start from a template." in assistants
    assert "hx-post" not in assistants.split("</ul>")[0]
    tutor = main.split("<b>Math tutor</b>")[1].split("</button>")[0]
    assert "#terminal" in tutor
    assert "Code interpreter" in tutor
    first = main.split('class="starter"')[1].split("</button>")[0]
    assert "icons" not in first  # a small model can't use tools


@pytest.mark.parametrize("demo", [True, False])
def test_connect_is_the_main_button_while_there_is_only_the_demo(
    alice: Client, cast: Cast, only_demo: list[Endpoint], demo: bool
) -> None:
    if not demo:
        only_demo.insert(0, OWN)
    main = playground(alice, cast.project).split('id="main"')[1]
    assert ("Connect a model" in main) == demo
    if demo:
        assert "primary" in button(main, "Connect a model")


@pytest.mark.parametrize("key", list(TEMPLATES))
def test_each_template_has_prompts_of_its_own(project: Project, key: str) -> None:
    assistant = create_from_template(project=project, template=key, model="m", author=None)
    [starter] = [one for one in STARTERS if one.key == key]
    prompts = suggested_prompts(assistant)
    assert prompts == list(starter.prompts)
    assert prompts
    if key != "blank":
        assert "haiku" not in str([text for pair in prompts for text in map(str, pair)])


WEATHER = {"type": "function", "function": {"name": "get_order"}}


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        ({"tools": [WEATHER]}, ["Try get_order", "What can you do?"]),
        ({"tools": [{"type": "file_search"}]}, ["What is in my files?", "What can you do?"]),
        (
            {
                "tools": [{"type": "code_interpreter"}],
                "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}},
            },
            ["Describe my data", "Chart my data", "What can you do?"],
        ),
        ({"tools": [{"type": "code_interpreter"}]}, ["Roll dice and plot", "What can you do?"]),
        ({}, ["What can you do?"]),
        (
            {"response_format": {"type": "json_schema"}},
            ["An example", "What can you do?"],
        ),
    ],
)
def test_prompts_fit_assistants_of_ones_own(
    project: Project, columns: dict[str, object], labels: list[str]
) -> None:
    assistant = Assistant(project=project, instructions="Help our customers.", **columns)
    assert [str(label) for label, _ in suggested_prompts(assistant)] == labels


@pytest.mark.parametrize("action", ["run", "queue"])
@pytest.mark.parametrize("with_thread", [True, False])
def test_a_run_without_an_assistant_says_what_to_do(
    alice: Client, cast: Cast, action: str, with_thread: bool
) -> None:
    ids = [cast.project.id, *([cast.thread.id] if with_thread else [])]
    address = reverse("send_message" if with_thread else "threads", args=ids)
    answer = alice.post(address, {"content": "Hello", "action": action}, headers=HTMX)
    assert answer.status_code == 422
    html = unescape(answer.content.decode())
    assert "Choose or create an assistant first. It will answer your message." in html
    assert "No assistant found" not in html
    assert "Hello" in html


def play(alice: Client, project: Project) -> str:
    """Play the example, and return the URL of the next page."""
    answer = alice.post(reverse("play_example", args=[project.id]), headers=HTMX)
    return str(answer["HX-Redirect"])


def test_the_example_plays_once_from_before_its_run(alice: Client, project: Project) -> None:
    address = play(alice, project)
    thread = Thread.objects.get(project=project)
    assert thread.id in address
    html = squeezed(alice.get(address).content.decode())
    assert f"/thread/{thread.id}/replay/" in html
    assert 'data-seq="0-0"' in html
    assert "Did we reach our sales goal" in html
    assert "Yes. Sales in 2025" not in html
    assert "Recorded example" in html
    again = squeezed(alice.get(address).content.decode())
    assert "/replay/" not in again
    assert "Yes. Sales in 2025" in again
    assert ">Recorded</span>" in again.split('id="run-log"')[1]
    assert "not counted" in again.split('id="run-log"')[1]


@pytest.mark.django_db(transaction=True)
def test_it_can_be_played_again_as_long_as_the_log_has_its_events(
    alice: Client, project: Project
) -> None:
    address = play(alice, project)
    assert "Play again" in alice.get(address).content.decode()
    client().delete(log.key(Thread.objects.get(project=project).id))
    assert "Play again" not in alice.get(address).content.decode()


def test_playing_again_adds_nothing(alice: Client, project: Project) -> None:
    assert play(alice, project) == play(alice, project)
    assert Thread.objects.filter(project=project).count() == 1
    assert Assistant.objects.get(project=project).model == "small"


def test_the_trace_says_that_the_run_was_recorded(alice: Client, project: Project) -> None:
    play(alice, project)
    run = Run.objects.get(project=project)
    html = alice.get(reverse("run_trace", args=[project.id, run.id])).content.decode()
    assert "Recorded</span>" in html


def test_an_example_that_does_not_fit_says_so(
    alice: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_app.conf.FILE_QUOTA_BYTES", 1)
    html = alice.get(play(alice, project)).content.decode()
    assert "bytes for files are left" in unescape(html)


def test_other_members_of_other_projects_get_a_404(alice: Client, cast: Cast) -> None:
    other = Project.objects.create(name="Not hers")
    answer = alice.post(reverse("play_example", args=[other.id]), headers=HTMX)
    assert answer.status_code == 404
    assert not Run.objects.filter(project=other).exists()
