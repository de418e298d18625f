"""A what-if goes on with more messages, and each gets what was recorded for it."""

from assistants_app.domain.tapes.policy import Policy
from assistants_app.models import Run
from assistants_app.queries.compare.comparisons import see_comparison
from assistants_app.queries.compare.lanes import lane_states, next_question
from assistants_app.services.compare.columns import ColumnChoice
from assistants_app.services.compare.comparisons import compare_run
from assistants_app.services.compare.turns import send_to_columns
from assistants_app.wire.threads.messages import MessageCreateParams
from tests.cast import Cast
from tests.engine.carrying_out import execute
from tests.engine.tapes.taped import Taped, call, calls_of, notes_of
from tests.fakes.replies import Reply
from tests.services.compare.made import lanes_of, run_of

ASKS = call("weather", '{"city": "Oslo"}')


def outputs_of(run: Run) -> list[str]:
    return [item["function"]["output"] for item in calls_of(run)]


def test_each_message_gets_the_outputs_that_were_recorded_for_it(taped: Taped, cast: Cast) -> None:
    thread = taped.thread()
    first = taped.run(thread, ASKS, Reply(text="Rain."), answers=["rain"])
    second = taped.run(thread, ASKS, Reply(text="Snow."), answers=["snow"])
    comparison = compare_run(
        project=cast.project,
        user=cast.bob,
        run_id=first.id,
        columns=[ColumnChoice(None)],
        policy=Policy(),
    )
    recorded, again = lanes_of(comparison)

    def answer(lane_run: Run) -> Run:
        taped.scripted.enqueue(ASKS, Reply(text="It is so."))
        execute(lane_run.id)
        lane_run.refresh_from_db()
        assert lane_run.status == "completed", lane_run.last_error
        return lane_run

    def ask(text: str, *, on_tape: bool = True) -> None:
        params = MessageCreateParams.model_validate({"role": "user", "content": text})
        send_to_columns(
            project=cast.project, comparison_id=comparison.id, params=params, on_tape=on_tape
        )

    assert outputs_of(answer(run_of(again))) == ["rain"]
    seen = see_comparison(cast.project, comparison.id, cast.bob)
    states = lane_states(seen)
    assert [(state.place, state.repeats) for state in states] == [(0, first.id)] * 2
    question = next_question(seen, states)
    assert question == "What is the weather?"

    ask(question)
    # The recorded column begins with a copy of the first run, which has used its output.
    for lane in (recorded, again):
        run = answer(run_of(lane))
        assert outputs_of(run) == ["snow"]
        assert [note["position"] for note in notes_of(run)] == [1]
    states = lane_states(seen)
    assert [(state.place, state.repeats) for state in states] == [(1, second.id)] * 2
    assert next_question(seen, states) == ""

    ask("And now?", on_tape=False)
    assert [run_of(lane).tape_policy for lane in (recorded, again)] == [None, None]
