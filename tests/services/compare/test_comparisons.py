"""Comparisons are copies of configurations, with a thread for each answer."""

import pytest

from assistants_app.domain.configurations.origins import COMPARE
from assistants_app.domain.errors import Forbidden, InvalidRequest, NotFound
from assistants_app.domain.tapes.policy import ASK, Policy
from assistants_app.models import (
    Assistant,
    AuditEntry,
    Comparison,
    ComparisonLane,
    Message,
    Run,
    Tape,
    Thread,
)
from assistants_app.services.acting import Actor, acting
from assistants_app.services.compare import comparisons as services
from assistants_app.services.compare.columns import ColumnChoice
from assistants_app.services.compare.comparisons import Manner, compare_run
from assistants_app.services.runs.frozen import Source
from tests.cast import Cast
from tests.services.compare.made import ask, columns_of, compare, finish, lanes_of, run_of
from tests.web.pages import say

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_column_has_a_thread_for_each_repeat(cast: Cast) -> None:
    comparison = compare(cast, {"model": "a"}, {"model": "b"}, {"temperature": 0}, repeats=2)
    lanes = lanes_of(comparison)
    places = [(lane.column.position, lane.number) for lane in lanes]
    assert places == [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]
    threads = Thread.objects.filter(pk__in=[lane.thread_id for lane in lanes])
    assert {(thread.project_id, thread.origin) for thread in threads} == {
        (cast.project.id, COMPARE)
    }
    assert len(threads) == 6
    assert [column.full_name for column in columns_of(comparison)] == [
        "Secret · a",
        "Secret · b",
        "Secret · m",
    ]


def test_the_order_of_threads_says_nothing_about_columns(cast: Cast) -> None:
    orders = set()
    for _ in range(20):
        lanes = sorted(lanes_of(compare(cast)), key=lambda lane: lane.thread_id)
        orders.add(tuple(lane.column.position for lane in lanes))
    assert orders == {(0, 1), (1, 0)}


def test_a_column_stays_what_it_was(cast: Cast) -> None:
    comparison = compare(cast, {"instructions": "One"}, {"instructions": "Two"})
    Assistant.objects.filter(pk=cast.assistant.id).delete()
    ask(cast, comparison)
    runs = [run_of(lane) for lane in lanes_of(comparison)]
    assert [run.instructions for run in runs] == ["One", "Two"]
    assert {run.origin for run in runs} == {COMPARE}


@pytest.mark.parametrize(
    ("count", "repeats", "param"),
    [(1, 1, "columns"), (5, 1, "columns"), (2, 0, "repeats"), (2, 6, "repeats")],
)
def test_there_are_two_to_four_columns(cast: Cast, count: int, repeats: int, param: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        compare(cast, *[{"model": str(number)} for number in range(count)], repeats=repeats)
    assert refusal.value.param == param
    assert not Comparison.objects.exists()


def test_a_refused_setting_names_its_column(cast: Cast) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        compare(cast, {}, {"temperature": 3})
    assert refusal.value.param == "columns[1].temperature"
    with pytest.raises(NotFound) as missing:
        services.create_comparison(
            project=cast.project,
            user=cast.bob,
            columns=[ColumnChoice(Source(cast.assistant.id)), ColumnChoice(Source("asst_none"))],
        )
    assert missing.value.param == "columns[1].assistant"


def test_deleting_takes_the_threads_and_notes_it(cast: Cast) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    ids = [lane.thread_id for lane in lanes_of(comparison)]
    Thread.objects.filter(pk=ids[0]).delete()  # through the API, for example
    services.delete_comparison(project=cast.project, comparison_id=comparison.id)
    assert not Thread.objects.filter(pk__in=ids).exists()
    assert not ComparisonLane.objects.exists()
    assert AuditEntry.objects.filter(verb="delete_comparison").exists()


def test_only_owners_reveal_and_it_is_noted(cast: Cast) -> None:
    comparison = compare(cast, blind=True)
    editor = Actor(cast.project.id, "editor", user_id=cast.bob.pk)
    with acting(editor), pytest.raises(Forbidden):
        services.reveal_comparison(project=cast.project, comparison_id=comparison.id)
    services.reveal_comparison(project=cast.project, comparison_id=comparison.id)
    assert AuditEntry.objects.filter(verb="reveal_comparison").exists()
    with pytest.raises(InvalidRequest, match="aren't hidden"):
        services.reveal_comparison(project=cast.project, comparison_id=comparison.id)


@pytest.mark.parametrize("title", ["", "Which one?", "x" * 257])
def test_titles(cast: Cast, title: str) -> None:
    comparison = compare(cast)
    if len(title) > 256:
        with pytest.raises(InvalidRequest, match="256"):
            services.rename_comparison(
                project=cast.project, comparison_id=comparison.id, title=title
            )
        return
    services.rename_comparison(project=cast.project, comparison_id=comparison.id, title=title)
    comparison.refresh_from_db()
    assert comparison.title == title


def recorded_run(cast: Cast) -> Run:
    """A run with an answer in the middle of a thread."""
    run = cast.run
    Run.objects.filter(pk=run.id).update(model="m", instructions="Be brief.", temperature=0.5)
    say(cast.thread, "Old answer", "assistant", run_id=run.id, assistant_id=cast.assistant.id)
    say(cast.thread, "And now?")
    run.refresh_from_db()
    return run


def texts(thread_id: str) -> list[str]:
    rows = Message.objects.filter(thread_id=thread_id).order_by("pk")
    return [row.content[0]["text"]["value"] for row in rows]


def test_a_recorded_run_is_compared_on_the_same_thread_up_to_there(cast: Cast) -> None:
    run = recorded_run(cast)
    comparison = compare_run(
        project=cast.project,
        user=cast.bob,
        run_id=run.id,
        columns=[
            ColumnChoice(None, {"model": "other"}),
            ColumnChoice(Source(cast.assistant.id), {}),
        ],
        manner=Manner(repeats=2),
    )
    own, *others = lanes_of(comparison)
    assert own.column.recorded
    assert texts(own.thread_id) == ["Secret", "Old answer"]
    assert len(others) == 4
    assert {tuple(texts(lane.thread_id)) for lane in others} == {("Secret",)}
    runs = [run_of(lane) for lane in others]
    assert [(one.model, one.instructions, one.temperature) for one in runs] == [
        ("other", "Be brief.", 0.5),
        ("other", "Be brief.", 0.5),
        ("m", "", None),
        ("m", "", None),
    ]
    assert {one.status for one in runs} == {"queued"}
    assert not Run.objects.filter(thread_id=own.thread_id).exists()


def test_a_recorded_run_without_a_message_has_what_came_before_it(cast: Cast) -> None:
    Run.objects.filter(pk=cast.run.id).update(started_at=cast.message.created_at)
    say(cast.thread, "Later")
    comparison = compare_run(
        project=cast.project,
        user=cast.bob,
        run_id=cast.run.id,
        columns=[ColumnChoice(None, {"model": "other"})],
    )
    assert {tuple(texts(lane.thread_id)) for lane in lanes_of(comparison)} == {("Secret",)}


def test_a_recorded_column_goes_on_with_the_settings_of_its_run(cast: Cast) -> None:
    run = recorded_run(cast)
    columns = [ColumnChoice(None, {"model": "other"})]
    comparison = compare_run(project=cast.project, user=cast.bob, run_id=run.id, columns=columns)
    own, other = lanes_of(comparison)
    finish(other, "New answer")
    ask(cast, comparison, "More")
    assert texts(own.thread_id)[-1] == "More"
    assert run_of(own).instructions == "Be brief."


def with_a_call(run: Run) -> None:
    """Let the run have called a function."""
    function = {"name": "get_weather", "arguments": '{"city": "Oslo"}', "output": "5°"}
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}
    Run.objects.filter(pk=run.id).update(tools=[tool], attempts=2)
    run.steps.create(
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type="tool_calls",
        status="completed",
        step_details={
            "type": "tool_calls",
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
    )


def test_functions_answer_what_they_answered_before(cast: Cast) -> None:
    run = recorded_run(cast)
    with_a_call(run)
    comparison = compare_run(
        project=cast.project,
        user=cast.bob,
        run_id=run.id,
        columns=[ColumnChoice(None, {"model": "other"})],
        policy=Policy(on_miss=ASK),
    )
    _own, other = lanes_of(comparison)
    repeated = run_of(other)
    assert repeated.tape == comparison.tape
    assert repeated.tape_policy["on_miss"] == "ask"
    assert comparison.tape
    assert [call.name for call in comparison.tape.calls.all()] == ["get_weather"]
    services.delete_comparison(project=cast.project, comparison_id=comparison.id)
    assert not Tape.objects.exists()


@pytest.mark.parametrize("replays", [False, True])
def test_without_recorded_calls_there_is_no_tape(cast: Cast, replays: bool) -> None:
    run = recorded_run(cast)
    if not replays:
        with_a_call(run)
    comparison = compare_run(
        project=cast.project,
        user=cast.bob,
        run_id=run.id,
        columns=[ColumnChoice(None)],
        policy=Policy() if replays else None,
    )
    assert comparison.tape is None
    assert not Tape.objects.exists()


def test_a_refused_comparison_leaves_no_tape(cast: Cast) -> None:
    run = recorded_run(cast)
    with_a_call(run)
    with pytest.raises(InvalidRequest):
        compare_run(
            project=cast.project,
            user=cast.bob,
            run_id=run.id,
            columns=[ColumnChoice(None, {"temperature": 3})],
            policy=Policy(on_miss=ASK),
        )
    assert not Tape.objects.exists()


def test_a_run_that_is_active_is_not_compared(cast: Cast) -> None:
    Run.objects.filter(pk=cast.run.id).update(status="in_progress")
    with pytest.raises(InvalidRequest, match="hasn't ended"):
        compare_run(
            project=cast.project, user=cast.bob, run_id=cast.run.id, columns=[ColumnChoice(None)]
        )
    assert not Comparison.objects.exists()


def test_a_run_that_does_not_exist_is_not_compared(cast: Cast) -> None:
    columns = [ColumnChoice(None)]
    with pytest.raises(NotFound):
        compare_run(project=cast.project, user=cast.bob, run_id="run_none", columns=columns)
