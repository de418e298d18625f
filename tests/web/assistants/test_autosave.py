"""Saves of the configuration form by several tabs at the same time."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Assistant, AssistantDraft, Run
from assistants_app.services.assistants import drafts as services
from assistants_app.web.assistants import autosave
from tests.cast import Cast
from tests.web.pages import project_url, signed_in

FORM = {"name": "Secret", "model": "m", "response_format": "text"}
ONE = {"metadata_value": "1"}


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


class Tab:
    """A tab with the form, which sends what it touched and what it has seen."""

    def __init__(self, client: Client, cast: Cast) -> None:
        self.client, self.cast = client, cast
        page = client.get(project_url(cast, "assistant", cast.assistant.id)).content.decode()
        self.form: dict[str, Any] = dict(FORM)
        self.seen = dict(re.findall(r'name="seen"\s+id="seen-\w+"\s+value="(\w+) (\w+)"', page))
        found = re.search(r'id="draft-revision"\s+value="(\w+)"', page)
        assert found is not None
        self.revision = found[1]

    def save(self, *touched: str, keep: str = "", **fields: Any) -> Any:
        self.form |= fields
        seen = [f"{part} {value}" for part, value in self.seen.items()]
        sent = {**self.form, "touched": list(touched), "seen": seen, "keep": keep}
        answer = self.client.post(project_url(self.cast, "draft", self.cast.assistant.id), sent)
        page = answer.content.decode()
        found = re.findall(r'name="seen"\s+id="seen-\w+"\s+value="(\w+) (\w+)"', page)
        self.seen |= dict(found)
        return answer

    def run(self) -> Any:
        sent = {"content": "Hello", "action": "run", "assistant": self.cast.assistant.id}
        headers = {"X-Draft": f"{self.cast.assistant.id} {self.revision}"}
        return self.client.post(project_url(self.cast, "threads"), sent, headers=headers)


@pytest.fixture
def tab(alice: Client, cast: Cast) -> Callable[[], Tab]:
    return lambda: Tab(alice, cast)


def saved_changes() -> Any:
    return AssistantDraft.objects.get().changes


def test_two_tabs_keep_changes_to_different_parts(tab: Callable[[], Tab]) -> None:
    one, two = tab(), tab()
    assert one.save("instructions", instructions="Be brief.").status_code == 200
    answer = two.save("sampling", temperature="0.5")
    assert answer.status_code == 200
    assert saved_changes() == {"instructions": "Be brief.", "temperature": 0.5}
    assert "data-behind" in answer.content.decode()


@pytest.mark.parametrize(
    ("part", "first", "second"),
    [
        ("instructions", {"instructions": "A"}, {"instructions": "B"}),
        ("name", {"name": "A"}, {"name": "B"}),
        ("sampling", {"temperature": "0"}, {"top_p": "0.1"}),
        (
            "metadata",
            {"metadata_key": "k", "metadata_value": "1"},
            {"metadata_key": "b", "metadata_value": "2"},
        ),
        ("functions", {"function": '{"name": "a"}'}, {"function": '{"name": '}),
        ("response_format", {"response_format": "json_object"}, {"response_format": "json_schema"}),
        ("code_interpreter", {"code_interpreter": "on"}, {"code_interpreter": "on", "file": "f"}),
        ("file_search", {"file_search": "on"}, {"max_num_results": "9", "file_search": "on"}),
        ("description", {"description": "A\r\nB"}, {"description": "C"}),
        ("model", {"model": "a"}, {"model": "m", "reasoning_effort": "low"}),
    ],
)
def test_a_part_that_another_tab_changed_is_a_conflict(
    tab: Callable[[], Tab], part: str, first: dict[str, str], second: dict[str, str]
) -> None:
    one, two = tab(), tab()
    one.save(part, **first)
    before = saved_changes()
    answer = two.save(part, **second)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Changed in another tab" in page
    assert f'data-conflict="{part}"' in page
    assert saved_changes() == before
    assert two.save(part, keep="mine").status_code == 200
    assert saved_changes() != before


def test_the_same_change_in_two_tabs_is_no_conflict(tab: Callable[[], Tab]) -> None:
    one, two = tab(), tab()
    one.save("instructions", instructions="Be brief.")
    assert two.save("instructions", instructions="Be brief.").status_code == 200
    # Nor is a second change of the tab that saved last.
    assert two.save("instructions", instructions="Be very brief.").status_code == 200
    assert one.save("instructions", instructions="Be kind.").status_code == 409


def test_a_tab_from_before_the_draft_was_discarded_or_published_is_a_conflict(
    tab: Callable[[], Tab], cast: Cast
) -> None:
    one = tab()
    one.save("instructions", instructions="Be brief.")
    old = tab()
    services.publish_draft(
        project=cast.project, assistant_id=cast.assistant.id, user=cast.alice, note=""
    )
    assert old.save("instructions", instructions="Be kind.").status_code == 200
    two = tab()
    services.discard_draft(project=cast.project, assistant_id=cast.assistant.id, user=cast.alice)
    assert two.save("instructions", instructions="Be strict.").status_code == 409


def test_a_save_between_the_read_and_the_write_is_not_lost(
    tab: Callable[[], Tab], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tab(), tab()
    original = autosave.edit_of
    others = [lambda: one.save("name", name="Tutor")]

    def read_then_lose(*arguments: Any) -> autosave.Edit:
        edit = original(*arguments)
        if others:
            others.pop()()
        return edit

    monkeypatch.setattr(autosave, "edit_of", read_then_lose)
    assert two.save("instructions", instructions="Be brief.").status_code == 200
    assert saved_changes() == {"name": "Tutor", "instructions": "Be brief."}


def test_a_run_of_a_draft_that_the_page_does_not_show_is_refused(
    tab: Callable[[], Tab], cast: Cast
) -> None:
    one, two = tab(), tab()
    one.save("instructions", instructions="Be brief.")
    answer = two.run()
    assert answer.status_code == 422
    assert "changed elsewhere, so nothing was sent" in answer.content.decode()
    assert ">Hello</textarea>" in answer.content.decode()
    assert tab().run().status_code == 204
    assert Run.objects.get(origin="page").instructions == "Be brief."
    # Neither is one of a version that somebody else has published since.
    old = tab()
    Assistant.objects.filter(pk=cast.assistant.id).update(version_number=9)
    services.discard_draft(project=cast.project, assistant_id=cast.assistant.id, user=cast.alice)
    assert old.run().status_code == 422


def test_a_page_fetches_the_form_only_if_it_shows_something_else(
    tab: Callable[[], Tab], alice: Client, cast: Cast
) -> None:
    one = tab()
    address = project_url(cast, "assistant", cast.assistant.id)
    query = {"revision": one.revision, "version": cast.assistant.version_number}
    assert alice.get(address, query).status_code == 204
    one.save("name", name="Tutor")
    assert 'value="Tutor"' in alice.get(address, query).content.decode()


def test_unsaved_edits_of_an_earlier_page_come_back_in_the_form(
    tab: Callable[[], Tab], alice: Client, cast: Cast
) -> None:
    one = tab()
    seen = [f"{part} {value}" for part, value in one.seen.items()]
    sent = {**FORM, "instructions": "Half a sen", "touched": ["instructions"], "seen": seen}
    address = project_url(cast, "assistant", cast.assistant.id)
    page = alice.post(address, sent)
    assert ">Half a sen</textarea>" in page.content.decode()
    assert not AssistantDraft.objects.exists()
    one.save("instructions", instructions="Half a sen")
    assert alice.post(address, sent).status_code == 204


def test_a_save_says_at_each_function_what_is_wrong(tab: Callable[[], Tab]) -> None:
    functions = ['{"name": "f"}', '{"name": "f"}', '{"name": "g"}', '{"name": "not this"}']
    answer = tab().save("functions", function=functions).content.decode()
    notes = re.findall(
        r'nth-child\((\d)\) > .fn-note" [^>]*>\s*<p class="([^"]*)">([^<]*)<', answer
    )
    advice = "Another function is named f. Rename one, so that the model can choose."
    assert [note[:2] for note in notes] == [
        ("1", "fn-note advice"),
        ("2", "fn-note advice"),
        ("3", "fn-note advice"),
        ("4", "fn-note error"),
    ]
    assert [note[2] for note in notes[:3]] == [advice, advice, ""]
    assert notes[3][2] == "Use only letters, digits, dashes and underscores."


def test_a_save_says_that_there_are_too_many_functions(tab: Callable[[], Tab]) -> None:
    functions = [f'{{"name": "f{number}"}}' for number in range(129)]
    answer = tab().save("functions", function=functions).content.decode()
    said = re.search(r'hx-target="#e-functions" hx-swap="innerHTML">([^<]+)<', answer)
    assert said is not None
    assert "128" in said[1]
