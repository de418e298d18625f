"""The transitions between the states of a run."""

from assistants_app.domain import run_status


def test_every_active_state_can_end_and_ended_states_are_final() -> None:
    assert set(run_status.TRANSITIONS) == set(run_status.ACTIVE)
    for state in run_status.ACTIVE:
        reachable, frontier = set(), {state}
        while frontier:
            reachable |= frontier
            frontier = {
                target for source in frontier for target in run_status.TRANSITIONS.get(source, ())
            } - reachable
        assert reachable & set(run_status.TERMINAL)


def states_before(status: str) -> set[str]:
    return {state for state, following in run_status.TRANSITIONS.items() if status in following}


def test_only_a_run_in_progress_comes_to_require_action() -> None:
    assert states_before("requires_action") == {"in_progress"}


def test_a_run_in_progress_is_cancelled_by_way_of_cancelling() -> None:
    assert states_before("cancelled") == {"queued", "requires_action", "cancelling"}
