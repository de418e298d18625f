"""Until a person votes, nothing that they get has a name: no page, frame, list or API object."""

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from assistants_app.domain.ids import new_id
from assistants_app.domain.tapes.steps import with_note
from assistants_app.models import Assistant, Comparison, ComparisonLane, Run, RunStep
from assistants_app.services.compare.columns import ColumnChoice
from assistants_app.services.compare.comparisons import (
    Manner,
    create_comparison,
    reveal_comparison,
)
from assistants_app.services.project.projects import create_api_key
from assistants_app.services.runs.frozen import Source
from assistants_app.wire.runs.steps import (
    BY_MOCK,
    BY_TAPE,
    code_call,
    code_result,
    function_call,
    tool_calls_details,
)
from tests.cast import Cast, api_client
from tests.services.compare.made import ask, columns_of, finish, lanes_of, run_of, wait_for_outputs
from tests.web.pages import HTMX, project_url, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "canary"


@pytest.fixture
def blind(cast: Cast) -> Comparison:
    """A blind comparison of two assistants with a canary in every setting."""
    assistants = [
        Assistant.objects.create(
            id=new_id("asst"),
            project=cast.project,
            name=f"canary-name-{number}",
            model=f"canary-model-{number}",
            instructions=f"canary-instructions-{number}",
        )
        for number in (1, 2)
    ]
    made = create_comparison(
        project=cast.project,
        user=cast.bob,
        columns=[ColumnChoice(Source(one.id), {"temperature": 0.123}) for one in assistants],
        manner=Manner(blind=True),
    )
    ask(cast, made)
    return made


def answered(blind: Comparison) -> None:
    first, second = lanes_of(blind)
    finish(first, "Answer one", cost="0.987654")
    error = {"code": "canary-code", "message": "No canary-model-2 here"}
    Run.objects.filter(pk=run_of(second).pk).update(status="failed", last_error=error)


def names_in(text: str, blind: Comparison) -> list[str]:
    """Return what must not be in a text: canaries, IDs of assistants, and figures."""
    ids = list(Assistant.objects.filter(name__startswith=CANARY).values_list("pk", flat=True))
    hidden = [CANARY, *ids, "0.987654", "0.123", *(one.digest for one in columns_of(blind))]
    return [one for one in hidden if one in text]


def pages(cast: Cast, client: Client, blind: Comparison) -> dict[str, Any]:
    own = ("comparison", "comparison_state", "comparison_frames", "comparison_changes")
    answers = {name: client.get(project_url(cast, name, blind.id), headers=HTMX) for name in own}
    answers["comparisons"] = client.get(project_url(cast, "comparisons"))
    return answers


def text_of(answer: Any) -> str:
    """Return the text of a page or of a download."""

    async def whole() -> bytes:
        return b"".join([chunk async for chunk in answer.streaming_content])

    return (async_to_sync(whole)() if answer.streaming else answer.content).decode()


def downloads(cast: Cast) -> list[Any]:
    """Return Bob's downloads of all runs, and of all threads of comparisons."""
    bob = signed_in(cast.bob)
    export = project_url(cast, "export_threads")
    narrow = {"all": "1", "origin": "compare"}
    return [
        bob.get(project_url(cast, "runs_csv"), {"origin": "compare"}),
        *(bob.post(export, {"format": kind, **narrow}) for kind in ("json", "jsonl", "md")),
    ]


def test_lists_of_all_origins_leave_its_threads_and_runs_out(cast: Cast, blind: Comparison) -> None:
    answered(blind)
    ids = {lane.thread_id for lane in lanes_of(blind)} | {
        run_of(lane).id for lane in lanes_of(blind)
    }
    lists: list[tuple[str, dict[str, str]]] = [
        ("threads", {"origin": "compare"}),
        ("threads", {"origin": "all"}),
        ("runs", {}),
    ]
    for name, query in lists:
        text = signed_in(cast.bob).get(project_url(cast, name), query).content.decode()
        assert not any(one in text for one in ids), (name, query)
    # Downloads are read while they are sent, after the view has returned.
    assert not any(one in text_of(download) for one in ids for download in downloads(cast))
    for origin in ("compare", "all"):
        listed = api_client(cast.key).get("/v1/threads", {"origin": origin})
        assert not {one["id"] for one in listed.json()["data"]} & ids
    vote(cast, signed_in(cast.bob), blind, "bad")
    assert all(any(one in text for one in ids) for text in map(text_of, downloads(cast)))
    shown: Any = signed_in(cast.bob).get(project_url(cast, "threads"), {"origin": "compare"})
    assert any(one in shown.content.decode() for one in ids)


def test_no_page_has_a_name_before_the_vote(cast: Cast, blind: Comparison) -> None:
    for finished in (False, True):
        if finished:
            answered(blind)
        for user in (cast.vera, cast.bob, cast.alice):
            for name, answer in pages(cast, signed_in(user), blind).items():
                assert answer.status_code == 200, name
                text = f"{answer.headers} {answer.content.decode()}"
                assert names_in(text, blind) == [], name


def called_before(lane: ComparisonLane) -> None:
    """Let the lane's run have called tools that a tape and a mock answered, and then fail."""
    run, ran = run_of(lane), code_call("call_2", "print(1)", [])
    calls = [
        {
            **function_call("call_1", "weather", "{}", "rain"),
            "result": with_note(code_result(BY_TAPE), {"position": 7, "drift": []}),
        },
        {**function_call("call_3", "time", "{}", "noon"), "result": code_result(BY_MOCK)},
        {
            **ran,
            "result": with_note(
                code_result("error", reason="canary-reason"), {"missed": "canary-reason"}
            ),
        },
    ]
    RunStep.objects.create(
        run=run,
        thread_id=lane.thread_id,
        assistant_id=run.assistant_id,
        type="tool_calls",
        status="failed",
        last_error={"code": "server_error", "message": "canary-host reported an error"},
        step_details=tool_calls_details(calls),
    )


def test_cards_of_calls_do_not_say_where_anything_comes_from(cast: Cast, blind: Comparison) -> None:
    answered(blind)
    for lane in lanes_of(blind):
        called_before(lane)
    run_ids = [run_of(lane).id for lane in lanes_of(blind)]
    for name in ("comparison", "comparison_frames"):
        text = pages(cast, signed_in(cast.bob), blind)[name].content.decode()
        assert text.count("noon") == 2, name
        said = ("from the tape", "not on the tape", "Recorded call", "mock", "Edit and run")
        assert [one for one in said if one in text] == [], name
        assert names_in(text, blind) == [], name
        assert not any(one in text for one in run_ids), name


def test_usage_counts_its_runs_under_no_name(cast: Cast, blind: Comparison) -> None:
    answered(blind)
    bob = signed_in(cast.bob)

    def shown(name: str, **query: str) -> str:
        return text_of(bob.get(project_url(cast, name), query))

    narrow: list[dict[str, str]] = [
        {},
        {"origin": "compare"},
        {"origin": "compare", "errors": "1"},
        {"assistant": columns_of(blind)[1].configuration["assistant_id"]},
        {"model": "canary-model-2"},
    ]
    for query in narrow:
        for name in ("usage", "usage_csv"):
            # A filter repeats what the reader has entered, and the cost of all runs is no name.
            known = {"0.987654", *query.values()} | ({CANARY} if "model" in query else set())
            found = {*names_in(shown(name, **query), blind)} - known
            assert not found, (name, query)
    assert "Hidden until you vote" in shown("usage", origin="compare")
    # One run failed, and nobody learns from these sums which.
    lines = [line.split(",") for line in shown("usage_csv", origin="compare").splitlines()[1:]]
    assert [(line[1], line[3], line[5], line[6]) for line in lines] == [("", "", "2", "1")]
    assert shown("usage_csv", model="canary-model-2").count("\n") == 1
    Run.objects.filter(status="failed").update(status="completed")
    vote(cast, bob, blind, "tie")
    assert "canary-name-2" in shown("usage", origin="compare")
    assert "canary-name-2" in shown("usage_csv")


def test_calls_and_refusals_have_no_name(cast: Cast, blind: Comparison) -> None:
    for number, lane in enumerate(lanes_of(blind)):
        wait_for_outputs(lane, (f"call_{number}", '{"city": "Oslo"}'))
    bob = signed_in(cast.bob)
    send = bob.post(
        project_url(cast, "send_to_columns", blind.id), {"content": "More"}, headers=HTMX
    )
    assert send.status_code == 422
    outputs = bob.post(project_url(cast, "answer_columns", blind.id), {}, headers=HTMX)
    assert outputs.status_code == 422
    keep = project_url(cast, "keep_column", blind.id, columns_of(blind)[0].key)
    assert bob.get(keep, headers=HTMX).status_code == 404
    assert bob.post(keep, headers=HTMX).status_code == 422
    for answer in (send, outputs, bob.post(keep, headers=HTMX)):
        assert names_in(answer.content.decode(), blind) == []


def test_the_threads_cannot_be_read_on_the_site(cast: Cast, blind: Comparison) -> None:
    answered(blind)
    first, _second = lanes_of(blind)
    run = run_of(first)
    message = run.thread.messages.order_by("-pk")[0]
    vera = signed_in(cast.vera)
    thread = first.thread_id
    gone = {
        "run_trace": (run.id,),
        "run_log": (thread, run.id),
        "message_json": (thread, message.id),
        "message_text": (thread, message.id),
        "thread_part": (thread,),
        "thread_tree": (thread,),
        "export_thread": (thread, "json"),
        "thread_frame": (thread,),
        "thread_context": (thread,),
        "find_in_thread": (thread,),
        "thread_files": (thread,),
        "divergence": (run.id, run.id),
    }
    for name, ids in gone.items():
        answer = vera.get(project_url(cast, name, *ids))
        assert answer.status_code == 404, name
    page = vera.get(project_url(cast, "playground"), {"t": thread})
    assert page.status_code == 404
    new = signed_in(cast.bob).get(project_url(cast, "new_comparison"), {"run": run.id})
    assert new.status_code == 404


def test_its_ids_find_nothing_on_the_site(cast: Cast, blind: Comparison) -> None:
    # The page has the IDs of its messages.
    answered(blind)
    first, _second = lanes_of(blind)
    run = run_of(first)
    message = run.thread.messages.order_by("-pk")[0]
    thread = first.thread_id
    bob = signed_in(cast.bob)

    def found() -> list[str]:
        answers = [
            bob.get(project_url(cast, "palette"), {"q": message.id}),
            bob.get(project_url(cast, "palette"), {"q": thread}),
            bob.get(project_url(cast, "palette"), {"q": run.id}),
            bob.get(project_url(cast, "thread_column"), {"t": thread}),
            bob.post(project_url(cast, "export_threads"), {"format": "json", "id": thread}),
        ]
        # The field with the text that was searched for has an ID, too.
        return [text_of(answer).replace(f'value="{thread}"', "") for answer in answers]

    for text in found():
        assert names_in(text, blind) == []
        assert thread not in text
        assert run.id not in text
    vote(cast, bob, blind, "tie")
    assert all(thread in text or run.id in text for text in found())


API = (
    "/v1/threads/{thread}",
    "/v1/threads/{thread}/messages",
    "/v1/threads/{thread}/messages/{message}",
    "/v1/threads/{thread}/runs",
    "/v1/threads/{thread}/runs/{run}",
    "/v1/threads/{thread}/runs/{run}/steps",
)


def api_answers(key: str, blind: Comparison) -> list[tuple[int, str]]:
    first, _second = lanes_of(blind)
    run = run_of(first)
    message = run.thread.messages.order_by("-pk")[0]
    ids = {"thread": first.thread_id, "run": run.id, "message": message.id}
    client = api_client(key)
    found = [client.get(path.format(**ids)) for path in API]
    found.append(client.post(f"/v1/threads/{first.thread_id}/runs/{run.id}/cancel"))
    return [(answer.status_code, json.dumps(answer.json())) for answer in found]


def test_the_api_finds_no_thread_of_it_before_the_vote(cast: Cast, blind: Comparison) -> None:
    answered(blind)
    _, own_key = create_api_key(project=cast.project, name="k", user=cast.vera)
    for key in (cast.key, own_key):
        for status, text in api_answers(key, blind):
            assert status in (403, 404)  # a viewer's key may not cancel runs
            assert names_in(text, blind) == []
    vote(cast, signed_in(cast.vera), blind, "tie")
    # A key of the project belongs to nobody, so nobody has voted for it.
    assert {status for status, _ in api_answers(cast.key, blind)} == {404}
    voted = [status for status, _ in api_answers(own_key, blind)]
    assert voted[:-1] == [200] * len(API)
    reveal_comparison(project=cast.project, comparison_id=blind.id)
    revealed = [status for status, _ in api_answers(cast.key, blind)]
    assert revealed[:-1] == [200] * len(API)


def vote(cast: Cast, client: Client, blind: Comparison, choice: str) -> Any:
    return client.post(project_url(cast, "vote_on_comparison", blind.id), {"choice": choice})


def test_a_vote_shows_everything_to_its_voter_alone(cast: Cast, blind: Comparison) -> None:
    answered(blind)
    Run.objects.filter(status="failed").update(status="completed")
    vera = signed_in(cast.vera)
    first = columns_of(blind)[0]
    assert vote(cast, vera, blind, first.key).status_code == 302
    page = vera.get(project_url(cast, "comparison", blind.id)).content.decode()
    for shown in ("canary-name-1", "canary-name-2", "canary-model-1", "$0.987654"):
        assert shown in page
    assert "You voted for" in page
    assert "in 1 comparison)" in page
    listed = vera.get(project_url(cast, "comparisons")).content.decode()
    assert "canary-name-1" in listed
    other = signed_in(cast.bob).get(project_url(cast, "comparison", blind.id)).content.decode()
    assert names_in(other, blind) == []


def test_each_person_has_an_order_of_their_own(cast: Cast, blind: Comparison) -> None:
    keys = [column.key for column in columns_of(blind)]
    orders: set[tuple[Any, ...]] = set()
    for user in (cast.alice, cast.bob, cast.vera):
        page = signed_in(user).get(project_url(cast, "comparison", blind.id)).content.decode()
        orders.add(tuple(sorted(keys, key=page.index)))
    for number in range(24):  # so that chance gives only one order in 1 of 8 million runs
        made = create_comparison(
            project=cast.project,
            user=cast.bob,
            columns=[ColumnChoice(Source(model=str(place))) for place in (1, 2)],
            manner=Manner(blind=True, title=str(number)),
        )
        keys = [column.key for column in columns_of(made)]
        page = signed_in(cast.bob).get(project_url(cast, "comparison", made.id)).content.decode()
        orders.add(tuple(keys.index(key) for key in sorted(keys, key=page.index)))
    assert {(0, 1), (1, 0)} <= orders


def test_only_owners_reveal(cast: Cast, blind: Comparison) -> None:
    url = project_url(cast, "reveal_comparison", blind.id)
    assert signed_in(cast.bob).post(url, headers=HTMX).status_code == 403
    assert signed_in(cast.alice).post(url, headers=HTMX).status_code == 204
    page = signed_in(cast.vera).get(project_url(cast, "comparison", blind.id)).content.decode()
    assert "canary-name-1" in page
