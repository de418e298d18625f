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


def test_sources_are_the_transitions_backwards() -> None:
    assert run_status.sources_of("requires_action") == ("in_progress",)
    assert run_status.sources_of("cancelled") == ("queued", "requires_action", "cancelling")
