"""Demo data: complete after one call, the same after a second, and answered by no other model."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.core.management import call_command

from assistants_app import conf
from assistants_app.management.commands.seed import summary_of
from assistants_app.management.demo.seeding import Seeder
from assistants_app.models import Assistant, Message, Project, Run, Thread, VectorStoreFile
from playground.embedded.scripted.part import KEY, ScriptedModel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedModel]:
    with ScriptedModel() as model:
        yield model


@pytest.fixture
def seeder(scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> Seeder:
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", scripted.url)
    monkeypatch.setattr(conf, "OPENAI_API_KEY", KEY)
    project = Project.objects.create(name="Mine")
    return Seeder(project, model="local", run_model="scripted")


def test_everything_is_added_once(seeder: Seeder) -> None:
    seeder.add_all()
    assert summary_of(seeder.added) == "Added 4 assistants, 3 files, 6 threads and 1 vector store."
    assert {each.model for each in Assistant.objects.all()} == {"local"}
    assert {each.model for each in Run.objects.all()} == {"scripted"}
    # One is to fail, and two run code, for which there is no interpreter host here.
    assert Counter(Run.objects.values_list("status", flat=True)) == {"completed": 7, "failed": 3}
    assert set(VectorStoreFile.objects.values_list("status", flat=True)) == {"completed"}
    annotations = [
        note["type"]
        for message in Message.objects.filter(role="assistant")
        for part in message.content
        if part["type"] == "text"
        for note in part["text"]["annotations"]
    ]
    assert "file_citation" in annotations

    seeder.added.clear()
    seeder.add_all()
    assert summary_of(seeder.added) == "The demo data is already there."
    assert Thread.objects.count() == 6

    Thread.objects.filter(metadata__demo="travel").delete()
    seeder.add_all()
    assert summary_of(seeder.added) == "Added 1 thread."


def test_without_a_project_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match="Run `manage.py bootstrap` first"):
        call_command("seed")
