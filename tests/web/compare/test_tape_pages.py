"""The list of tapes, a tape's page, and the form that records one."""

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from assistants_app.domain.tapes.policy import Policy
from assistants_app.models import (
    AuditEntry,
    Run,
    RunStep,
    Tape,
    TapeCall,
    TapeFile,
    Thread,
    WorkingRow,
)
from assistants_app.services.compare.columns import ColumnChoice
from assistants_app.services.compare.comparisons import compare_run
from assistants_app.services.runs.tapes import record_tape
from assistants_app.services.test_sets.rows import add_test_row
from assistants_app.services.test_sets.sets import create_test_set, freeze_test_set
from assistants_app.wire.runs.steps import (
    code_call,
    code_result,
    function_call,
    logs_output,
    tool_calls_details,
)
from tests.cast import Cast, make_run
from tests.services.compare.made import ask, compare, finish, lanes_of
from tests.web.pages import HTMX, project_url, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)


def called(cast: Cast, output: str = "rain") -> Run:
    """A run of the cast's thread that called a function."""
    tool = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    run = make_run(cast.project, cast.thread, cast.assistant, status="completed", tools=[tool])
    RunStep.objects.create(
        run=run,
        thread_id=cast.thread.id,
        assistant_id=cast.assistant.id,
        type="tool_calls",
        status="completed",
        step_details=tool_calls_details([function_call("call_1", "weather", "{}", output)]),
    )
    return run


def downloaded(answer: Any) -> Any:
    async def read() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return json.loads(async_to_sync(read)())


@pytest.fixture
def bob(cast: Cast) -> Client:
    return signed_in(cast.bob)


def get(cast: Cast, client: Client, name: str, *ids: str, **query: str) -> str:
    answer: Any = client.get(project_url(cast, name, *ids), query)
    assert answer.status_code == 200
    return squeezed(answer.content.decode())


def test_the_list_has_what_is_on_tapes_and_what_uses_them(cast: Cast, bob: Client) -> None:
    assert "No tapes yet" in get(cast, bob, "tapes")
    run = called(cast)
    named = record_tape(project=cast.project, run_ids=[run.id], name="<b>", author=cast.bob)
    comparison = compare_run(
        project=cast.project,
        user=cast.bob,
        run_id=run.id,
        columns=[ColumnChoice(None)],
        policy=Policy(),
    )
    test_set = create_test_set(project=cast.project, name="Regression", author=cast.bob)
    row = {"turns": [{"role": "user", "content": "Hi"}], "tape": named.id}
    for _ in range(2):
        add_test_row(project=cast.project, set_id=test_set.id, content=row, author=cast.bob)
    own, other = get(cast, bob, "tapes").split("<tbody")[1].split("</tr>")[:2]
    assert "Of a comparison" in own
    assert project_url(cast, "comparison", comparison.id) in own
    assert "1 run" in own
    assert "&lt;b&gt;" in other
    assert project_url(cast, "test_set", test_set.id) in other
    assert "2 rows" in other
    assert "weather</span>1<" in other
    assert cast.bob.username in other


def test_a_deleted_source_is_said_so(cast: Cast, bob: Client) -> None:
    tape = record_tape(project=cast.project, run_ids=[called(cast).id], name="Kept")
    assert f"?t={cast.thread.id}" in get(cast, bob, "tapes")
    Thread.objects.filter(pk=cast.thread.id).delete()
    for page in (get(cast, bob, "tapes"), get(cast, bob, "tape", tape.id)):
        assert "a deleted thread" in page
        assert "Kept" in page


def test_the_page_of_a_tape_shows_its_calls_in_pages(cast: Cast, bob: Client) -> None:
    tape = record_tape(project=cast.project, run_ids=[called(cast, "<i>" + "x" * 30_000).id])
    first = TapeCall.objects.get(tape=tape)
    TapeCall.objects.bulk_create(
        TapeCall(
            tape=tape, position=place, tool="function", name=f"f{place}", content=first.content
        )
        for place in range(1, 102)
    )
    page = get(cast, bob, "tape", tape.id)
    assert "&lt;i&gt;x" in page
    assert "x" * 20_001 not in page
    assert "f99<" in page
    assert "f100<" not in page.split("Recorded calls")[1]
    assert "f100<" in get(cast, bob, "tape", tape.id, after="99").split("Recorded calls")[1]
    assert bob.get(project_url(cast, "tape", "tape_none")).status_code == 404


def test_a_thread_is_recorded_with_the_chosen_runs(cast: Cast, bob: Client) -> None:
    first, second = called(cast, "rain"), called(cast, "snow")

    def ticks(**query: str) -> int:
        [runs] = get(cast, bob, "new_tape", **query).split("<legend><b>Runs")[1:]
        assert runs.count('name="run_id"') == 3  # with the cast's own
        return runs.count('" checked>')

    assert ticks(thread=cast.thread.id) == 3
    assert ticks(run=first.id) == 1

    def record(**body: Any) -> Any:
        return bob.post(project_url(cast, "new_tape"), {"thread": cast.thread.id, **body})

    given = {"name": " Two  days ", "run_id": [first.id, second.id]}
    wrong = ({**given, "name": " "}, {"name": "x"}, {**given, "tape_on_miss": "<b>"})
    for body in (*wrong, {**given, "name": "x" * 300}):
        refused = record(**body)
        assert refused.status_code == 422
        assert "banner err" in refused.content.decode()
    assert not Tape.objects.exists()
    made = record(**given, tape_matching="in_order")
    tape = Tape.objects.get()
    assert made["Location"] == project_url(cast, "tape", tape.id)
    assert (tape.name, tape.author, tape.policy["matching"]) == ("Two days", cast.bob, "in_order")
    assert tape.source_run_ids == [first.id, second.id]


def test_runs_of_another_thread_or_of_nobody_are_not_recorded(cast: Cast, bob: Client) -> None:
    other = make_run(
        cast.project,
        Thread.objects.create(project=cast.project),
        cast.assistant,
        status="completed",
    )
    body = {"thread": cast.thread.id, "name": "x", "run_id": [other.id, "run_none"]}
    assert bob.post(project_url(cast, "new_tape"), body).status_code == 422
    for query in ({"thread": "thread_none"}, {"run": "run_none"}, {}):
        assert bob.get(project_url(cast, "new_tape"), query).status_code == 404


def test_a_blind_column_cannot_be_recorded_before_the_vote(cast: Cast, bob: Client) -> None:
    comparison = compare(cast, blind=True)
    ask(cast, comparison)
    lane = lanes_of(comparison)[0]
    run = finish(lane, "x")
    for query in ({"thread": lane.thread_id}, {"run": run.id}):
        assert bob.get(project_url(cast, "new_tape"), query).status_code == 404
    body = {"thread": lane.thread_id, "name": "x", "run_id": run.id}
    assert bob.post(project_url(cast, "new_tape"), body).status_code == 404


def test_a_deleted_tape_is_noted_and_its_runs_stay(cast: Cast, bob: Client) -> None:
    tape = record_tape(project=cast.project, run_ids=[called(cast).id], name="Old")
    gone = bob.post(project_url(cast, "delete_tape", tape.id), headers=HTMX)
    assert gone["HX-Redirect"] == project_url(cast, "tapes")
    assert not Tape.objects.exists()
    noted = AuditEntry.objects.get(verb="delete_tape")
    assert (noted.target_name, noted.target_id) == ("Old", tape.id)
    assert bob.post(project_url(cast, "delete_tape", tape.id), headers=HTMX).status_code == 404


def test_a_tape_gets_another_name(cast: Cast, bob: Client) -> None:
    tape = record_tape(project=cast.project, run_ids=[called(cast).id], name="Old")
    url = project_url(cast, "rename_tape", tape.id)
    for name in ("", " \n ", "x" * 257, "a\0b"):
        bob.post(url, {"name": name})
        assert Tape.objects.get().name == "Old"
    answer: Any = bob.post(url, {"name": " Rain  in <b>Oslo</b> "})
    assert answer["Location"] == project_url(cast, "tape", tape.id)
    assert "Rain in &lt;b&gt;Oslo&lt;/b&gt;</h1>" in get(cast, bob, "tape", tape.id)


def test_a_tape_that_gets_a_name_outlives_its_comparison(cast: Cast, bob: Client) -> None:
    comparison = compare_run(
        project=cast.project,
        user=cast.bob,
        run_id=called(cast).id,
        columns=[ColumnChoice(None)],
        policy=Policy(),
    )
    tape_id = str(comparison.tape_id)
    assert tape_id not in get(cast, bob, "new_comparison")
    bob.post(project_url(cast, "rename_tape", tape_id), {"name": "Kept"})
    assert f'value="{tape_id}"' in get(cast, bob, "new_comparison")
    bob.post(project_url(cast, "delete_comparison", comparison.id), headers=HTMX)
    assert Tape.objects.get().name == "Kept"


def test_a_tape_is_downloaded_as_an_object_of_the_api(cast: Cast, bob: Client) -> None:
    run = called(cast, "rain\u2028</script>")
    tape = record_tape(project=cast.project, run_ids=[run.id], name="Kept", author=cast.bob)
    first = TapeCall.objects.get(tape=tape)
    code = code_call("call_2", "print(1)", [logs_output("1\n")])
    TapeCall.objects.create(
        tape=tape,
        position=1,
        run_id=run.id,
        tool="code_interpreter",
        name="code_interpreter",
        content={**first.content, "details": {**code, "result": code_result("ok")}, "output": "1"},
    )
    TapeFile.objects.create(
        tape=tape, file_id="file-gone", filename="sky.png", bytes=5, sha256="0" * 64
    )
    answer: Any = bob.get(project_url(cast, "export_tape", tape.id))
    assert answer["Content-Type"] == "application/json"
    assert f'filename="{tape.id}.json"' in answer["Content-Disposition"]
    found = downloaded(answer)
    assert (found["object"], found["id"], found["name"]) == ("playground.tape", tape.id, "Kept")
    assert (found["thread_id"], found["run_ids"]) == (cast.thread.id, [run.id])
    assert found["policy"]["on_miss"] == "fail"
    assert [file["filename"] for file in found["files"]] == ["sky.png"]
    function = function_call("call_1", "weather", "{}", "rain\u2028</script>")
    assert found["calls"] == [
        {**function, "run_id": run.id},
        {**code, "run_id": run.id, "shown_to_model": "1"},
    ]
    noted = AuditEntry.objects.get(verb="export")
    assert (noted.target_type, noted.target_id) == ("tape", tape.id)


def test_a_long_tape_is_downloaded_some_calls_at_a_time(cast: Cast, bob: Client) -> None:
    tape = record_tape(project=cast.project, run_ids=[called(cast).id], name="Long")
    first = TapeCall.objects.get(tape=tape)
    TapeCall.objects.bulk_create(
        TapeCall(tape=tape, position=place, tool="function", name="f", content=first.content)
        for place in range(1, 120)
    )
    answer: Any = bob.get(project_url(cast, "export_tape", tape.id))
    assert len(downloaded(answer)["calls"]) == 120


def test_a_tape_that_a_row_or_a_version_uses_stays(cast: Cast, bob: Client) -> None:
    tape = record_tape(project=cast.project, run_ids=[called(cast).id], name="Used")
    test_set = create_test_set(project=cast.project, name="Regression", author=cast.bob)
    content = {"turns": [{"role": "user", "content": "Hi"}], "tape": tape.id}
    row = add_test_row(project=cast.project, set_id=test_set.id, content=content, author=cast.bob)
    freeze_test_set(project=cast.project, set_id=test_set.id, author=cast.bob)
    for uses in ("1 row", "in a version"):
        assert uses in get(cast, bob, "tape", tape.id)
        refused = bob.post(project_url(cast, "delete_tape", tape.id), headers=HTMX)
        assert refused.status_code == 422
        assert "A test set uses this tape." in refused.content.decode()
        WorkingRow.objects.filter(row=row).delete()
    assert Tape.objects.exists()


def test_viewers_look_and_do_not_record(cast: Cast) -> None:
    tape = record_tape(project=cast.project, run_ids=[called(cast).id], name="Shown")
    vera = signed_in(cast.vera)
    assert "Shown" in get(cast, vera, "tapes")
    assert "weather" in get(cast, vera, "tape", tape.id)
    assert vera.get(project_url(cast, "new_tape"), {"thread": cast.thread.id}).status_code == 403
    assert vera.get(project_url(cast, "export_tape", tape.id)).status_code == 200
    for name in ("rename_tape", "delete_tape"):
        assert vera.post(project_url(cast, name, tape.id), {"name": "x"}).status_code == 403
    assert signed_in(cast.charlie).get(project_url(cast, "tape", tape.id)).status_code == 404
