"""Values of variables: the form above the composer, runs of the page, and saved sets."""

import re
from typing import Any

import pytest
from django.test import Client

from assistants_app.domain import limits
from assistants_app.models import Assistant, File, Run, Thread, ValueSet
from assistants_app.services.assistants.drafts import save_draft
from assistants_app.services.assistants.requests import update_assistant
from assistants_app.wire.assistants.assistants import AssistantModifyParams
from assistants_app.wire.validation import parse
from tests.cast import Cast, make_run
from tests.web.pages import project_url, signed_in, squeezed, thread_url

PNG = b"\x89PNG\r\n\x1a\n picture"
HTMX = {"hx-request": "true"}
DECLARED: list[dict[str, Any]] = [
    {"name": "city", "type": "text", "description": "Where the user lives"},
    {"name": "tone", "type": "choice", "default": "kind", "choices": ["kind", "short"]},
    {"name": "days", "type": "number", "default": 3},
    {"name": "warm", "type": "boolean", "default": False},
    {"name": "photo", "type": "image", "default": ""},
]


@pytest.fixture
def alice(cast: Cast) -> Client:
    Run.objects.update(status="completed")
    body = {"variables": DECLARED, "instructions": "{{city}}"}
    update_assistant(
        project=cast.project,
        assistant_id=cast.assistant.id,
        params=parse(AssistantModifyParams, body),
    )
    return signed_in(cast.alice)


def posted(client: Client, address: str, status: int = 200, /, **fields: Any) -> str:
    answer = client.post(address, fields, headers=HTMX)
    assert answer.status_code == status, answer.content.decode()
    return squeezed(answer.content.decode())


def keep(client: Client, cast: Cast, **values: str) -> str:
    return posted(client, project_url(cast, "run_values", cast.assistant.id), **typed(values))


def typed(values: dict[str, str]) -> dict[str, Any]:
    return {f"variable:{name}": text for name, text in values.items()}


def page(client: Client, cast: Cast) -> str:
    answer = client.get(project_url(cast, "playground"), {"a": cast.assistant.id})
    assert answer.status_code == 200
    return squeezed(answer.content.decode())


def note(html: str, number: int) -> str:
    return html.split(f'hx-target="#n-value-{number}"')[1].split("</hx-partial>")[0]


def send(client: Client, cast: Cast, status: int = 200, **fields: Any) -> str:
    body = {"assistant": cast.assistant.id, "content": "Hello", "action": "run", **fields}
    return posted(client, thread_url(cast, "send_message"), status, **body)


def test_the_form_marks_missing_and_wrong_values_before_the_run(cast: Cast, alice: Client) -> None:
    shown = page(alice, cast)
    assert "1 needs a value" in shown
    assert 'name="variable:city"' in shown
    assert "Default: kind" in shown
    assert "Where the user lives" in shown
    answer = keep(alice, cast, city="Oslo", days="many", tone="loud")
    assert "needs a value" not in answer.lower()
    assert "2 wrong values" in answer
    assert "Enter a number." in note(answer, 3)
    assert "Supported values are" in note(answer, 2)
    # They are there again after a reload, with what is wrong with them.
    shown = page(alice, cast)
    assert ">Oslo</textarea>" in shown
    assert 'value="many"' in shown
    assert "Enter a number." in shown
    # And belong to one person.
    assert "Oslo" not in page(signed_in(cast.bob), cast)
    # The closed form names right values.
    assert "city: Oslo" in shown
    assert "days: many" not in shown


def test_an_assistant_without_variables_has_no_form(cast: Cast, alice: Client) -> None:
    Assistant.objects.update(variables=[])
    assert 'class="values"' not in page(alice, cast)


def test_a_run_has_the_values_of_the_form(cast: Cast, alice: Client) -> None:
    send(alice, cast, **typed({"city": "Oslo", "days": "5", "warm": "true", "gone": "x"}))
    run = Run.objects.order_by("-pk")[0]
    assert run.variables == {
        "city": "Oslo",
        "tone": "kind",
        "days": 5,
        "warm": True,
        "photo": "",
    }


def test_a_run_without_a_value_is_refused_and_the_message_stays(cast: Cast, alice: Client) -> None:
    before = Run.objects.count()
    answer = send(alice, cast, 422, **typed({"city": ""}))
    assert "The variable “city” needs a value." in answer
    assert ">Hello</textarea>" in answer
    assert Run.objects.count() == before
    # Adding a message needs none.
    send(alice, cast, action="add", **typed({"city": ""}))


def test_the_first_message_of_a_thread_takes_values_too(cast: Cast, alice: Client) -> None:
    body = {"assistant": cast.assistant.id, "content": "Hello", "action": "run"}
    posted(alice, project_url(cast, "threads"), 422, **body)
    answer = alice.post(
        project_url(cast, "threads"), {**body, **typed({"city": "Rome"})}, headers=HTMX
    )
    assert "HX-Redirect" in answer
    assert Run.objects.order_by("-pk")[0].variables["city"] == "Rome"
    assert Thread.objects.count() == 2


def test_the_draft_decides_which_variables_there_are(cast: Cast, alice: Client) -> None:
    assistant = Assistant.objects.get(pk=cast.assistant.id)
    changes = {"variables": [{"name": "animal", "type": "text"}]}
    save_draft(project=cast.project, assistant_id=assistant.id, user=cast.alice, changes=changes)
    assert 'name="variable:animal"' in page(alice, cast)
    send(alice, cast, **typed({"animal": "cat", "city": "x"}))
    assert Run.objects.order_by("-pk")[0].variables == {"animal": "cat"}
    answer = alice.post(project_url(cast, "run_with"), {"published": "on"})
    assert answer["HX-Trigger"] == "variableschanged"
    shown = keep_and_refresh(alice, cast, city="Oslo")
    assert 'name="variable:city"' in shown
    assert 'name="variable:animal"' not in shown


def keep_and_refresh(client: Client, cast: Cast, **values: str) -> str:
    address = project_url(cast, "run_values", cast.assistant.id)
    return posted(client, f"{address}?refresh=1", **typed(values))


def test_a_variable_that_comes_back_has_its_value_again(cast: Cast, alice: Client) -> None:
    keep(alice, cast, city="Oslo", days="5")
    removed = [one for one in DECLARED if one["name"] != "city"]
    Assistant.objects.update(variables=removed)
    assert "Oslo" not in keep_and_refresh(alice, cast, city="Oslo", days="7")
    Assistant.objects.update(variables=DECLARED)
    assert "Oslo" in keep_and_refresh(alice, cast, days="7")
    assert 'value="7"' in page(alice, cast)


def test_a_save_of_declarations_makes_the_page_fetch_the_form(cast: Cast, alice: Client) -> None:
    address = project_url(cast, "draft", cast.assistant.id)
    form = {"name": "Secret", "model": "m", "response_format": "text"}
    answer = alice.post(address, {**form, "touched": "variables", "variable_name": "x"})
    assert answer["HX-Trigger"] == "variableschanged"
    answer = alice.post(address, {**form, "touched": "name"})
    assert "HX-Trigger" not in answer


def test_runs_again_have_the_kept_values_else_those_of_the_run_before(
    cast: Cast, alice: Client
) -> None:
    run = make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        status="failed",
        variables={"city": "Bergen", "days": "not a number any more", "gone": 1},
    )
    again = thread_url(cast, "retry_run", run.id)
    posted(alice, again, 204)
    newest = Run.objects.order_by("-pk")[0]
    assert newest.variables["city"] == "Bergen"
    assert newest.variables["days"] == 3
    newest.status = "completed"
    newest.save()
    keep(alice, cast, city="Oslo")
    posted(alice, thread_url(cast, "repeat"), assistant=cast.assistant.id)
    assert Run.objects.order_by("-pk")[0].variables["city"] == "Oslo"


def test_sets_are_saved_loaded_replaced_and_deleted(cast: Cast, alice: Client) -> None:
    def address(name: str) -> str:
        return project_url(cast, name, cast.assistant.id)

    values = typed({"city": "Oslo", "days": "5", "photo": cast.file.id, "tone": ""})
    answer = posted(alice, address("save_value_set"), set_name=" In  Norway ", **values)
    saved = ValueSet.objects.get()
    assert (saved.name, saved.author) == ("In Norway", cast.alice)
    assert saved.values == {
        "city": "Oslo",
        "days": 5,
        "photo": {
            "type": "image_file",
            "image_file": {"file_id": cast.file.id, "detail": "auto"},
        },
    }
    assert f'<option value="{saved.pk}" selected>In Norway' in answer
    posted(alice, address("save_value_set"), set_name="In Norway", **typed({"city": "Rome"}))
    assert ValueSet.objects.get().values == {"city": "Rome"}
    # For everybody in the project. What the set doesn't have stays.
    bob = signed_in(cast.bob)
    answer = posted(
        bob, address("load_value_set"), value_set=str(saved.pk), **typed({"city": "", "days": "9"})
    )
    assert ">Rome</textarea>" in answer
    assert 'value="9"' in answer
    assert ">Rome</textarea>" in page(bob, cast)
    posted(bob, address("delete_value_set"), value_set=str(saved.pk))
    assert not ValueSet.objects.exists()


def test_sets_that_cannot_be_saved_are_refused_with_what_was_typed(
    cast: Cast, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = project_url(cast, "save_value_set", cast.assistant.id)
    for name, values, words in (
        ("", {"city": "Oslo"}, "Enter a name for the values."),
        ("x", {"city": "Oslo", "days": "many"}, "Correct the value of “days” first."),
        ("x", {"city": ""}, "There are no values to save."),
        ("n" * (limits.NAME + 1), {"city": "Oslo"}, "Use at most 256 characters."),
    ):
        answer = posted(alice, address, 422, set_name=name, **typed(values))
        assert words in answer
        assert f'value="{name}"' in answer
    monkeypatch.setattr(limits, "VALUE_SETS", 1)
    posted(alice, address, set_name="one", **typed({"city": "Oslo"}))
    answer = posted(alice, address, 422, set_name="two", **typed({"city": "Oslo"}))
    assert "Delete one first." in answer


def test_strangers_viewers_and_other_assistants_get_no_set(cast: Cast, alice: Client) -> None:
    saved = ValueSet.objects.create(
        project=cast.project, assistant=cast.assistant, name="x", values={"city": "Oslo"}
    )
    other = Assistant.objects.create(project=cast.project, model="m")
    for name in ("load_value_set", "delete_value_set"):
        fields = {"value_set": str(saved.pk)}
        mine, theirs = (project_url(cast, name, one.id) for one in (cast.assistant, other))
        assert alice.post(theirs, fields).status_code == 404
        assert signed_in(cast.charlie).post(mine, fields).status_code == 404
        assert signed_in(cast.vera).post(mine, fields).status_code == 403
        assert alice.post(mine, {"value_set": "9" * 30}).status_code == 200
    assert ValueSet.objects.exists()


def test_a_text_is_sent_whole_even_if_the_session_does_not_keep_it(
    cast: Cast, alice: Client
) -> None:
    long = "word\r\n" * 20_000
    keep(alice, cast, city=long)
    assert "1 needs a value" in page(alice, cast)
    send(alice, cast, **typed({"city": long}))
    assert Run.objects.order_by("-pk")[0].variables["city"] == long.replace("\r\n", "\n")


def test_the_context_meter_counts_with_values(cast: Cast, alice: Client) -> None:
    address = thread_url(cast, "thread_context")

    def used() -> int:
        shown = alice.get(address, {"a": cast.assistant.id}).content.decode()
        found = re.search(r'<meter[^>]*value="(\d+)"', squeezed(shown))
        assert found is not None
        return int(found[1])

    before = used()
    keep(alice, cast, city="word " * 1000)
    assert used() >= before + 900


@pytest.mark.parametrize("odd", ["\0", "\ud800", "'\"><script>", "9" * 5000, "{{city}}"])
def test_odd_values_do_no_harm(cast: Cast, alice: Client, odd: str) -> None:
    fields = {name: odd.encode("utf-8", "surrogatepass") for name in ("city", "days", "photo")}
    for name in ("run_values", "save_value_set"):
        address = project_url(cast, name, cast.assistant.id)
        answer = alice.post(address, {**typed(fields), "set_name": "x"}, headers=HTMX)  # type: ignore[arg-type]
        assert answer.status_code in {200, 400, 422}
        assert b"<script>" not in answer.content
    body = {"assistant": cast.assistant.id, "content": "Hello", "action": "run"}
    answer = alice.post(
        thread_url(cast, "send_message"),
        {**body, "variable:city": fields["city"]},
        headers=HTMX,
    )
    assert answer.status_code in {200, 400, 422}


def test_an_uploaded_file_is_the_value_of_its_variable(cast: Cast, alice: Client) -> None:
    form = page(alice, cast)
    assert "for=value&amp;field=variable%3Aphoto&amp;form=composer-form" in form
    url = project_url(cast, "files")
    query = "?for=value&field=variable%3Aphoto&form=composer-form&name=cat.png"
    sent = alice.put(url + query, PNG, content_type="image/png")
    file = File.objects.get(filename="cat.png")
    assert file.purpose == "vision"
    field = f'name="variable:photo" value="{file.id}" form="composer-form"'
    assert field in squeezed(sent.content.decode())
    # The chip's field follows the one for an ID, so it wins.
    values: dict[str, Any] = {"variable:city": "Oslo", "variable:photo": ["", file.id]}
    posted(alice, project_url(cast, "run_values", cast.assistant.id), **values)
    form = page(alice, cast)
    assert field in form
    assert "photo: cat.png" in form
    send(alice, cast, **values)
    made = Run.objects.order_by("-pk")[0]
    assert made.variables
    assert made.variables["photo"]["image_file"]["file_id"] == file.id


def test_the_log_and_the_trace_show_the_values_of_a_run(cast: Cast, alice: Client) -> None:
    value = {"type": "file", "file": {"file_id": cast.file.id}}
    gone = {"type": "file", "file": {"file_id": "file-gone"}}
    values = {"city": "<Oslo>", "days": 3, "report": value, "old": gone, "long": "x" * 3000}
    Run.objects.filter(pk=cast.run.id).update(variables=values)
    for name, ids in (("run_trace", [cast.run.id]), ("run_log", [cast.thread.id, cast.run.id])):
        shown = squeezed(alice.get(project_url(cast, name, *ids)).content.decode())
        [part] = re.findall(r'<details class="raw run-values".*?</details>', shown)
        assert "&lt;Oslo&gt;" in part
        assert f'download="{cast.file.filename}"' in part
        assert "file-gone</span>(deleted)" in part
        assert "x" * 2000 + "…" in part


def test_the_context_meter_counts_again_when_values_change(cast: Cast, alice: Client) -> None:
    url = project_url(cast, "run_values", cast.assistant.id)
    answer = alice.post(url, typed({"city": "Oslo"}), headers=HTMX)
    assert answer["HX-Trigger"] == "valueschanged"
    thread = alice.get(project_url(cast, "playground"), {"t": cast.thread.id}).content.decode()
    assert "valueschanged from:body" in thread
