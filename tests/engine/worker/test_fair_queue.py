"""Projects take turns."""

from assistants_app.engine.worker.fair_queue import FairQueue


def anyone(project_id: str) -> bool:
    return True


def queue_of(**runs: int) -> FairQueue:
    """Return a queue with this number of runs of each project."""
    queue = FairQueue()
    for project_id, number in runs.items():
        for place in range(number):
            queue.add(project_id, f"{project_id}{place}")
    return queue


def test_each_project_gives_one_run_at_a_time() -> None:
    queue = queue_of(a=4, b=1, c=2)
    assert len(queue) == 7
    order = [queue.take(anyone) for _ in range(7)]
    assert order == ["a0", "b0", "c0", "a1", "c1", "a2", "a3"]
    assert queue.take(anyone) is None


def test_a_project_that_comes_later_waits_for_one_run_of_each_other() -> None:
    queue = queue_of(a=100, b=100)
    assert queue.take(anyone) == "a0"
    queue.add("c", "c0")
    assert [queue.take(anyone) for _ in range(3)] == ["b0", "a1", "c0"]


def test_a_project_that_may_not_start_keeps_its_turn() -> None:
    queue = queue_of(a=2, b=2)
    assert [queue.take(lambda project_id: project_id == "b") for _ in range(3)] == [
        *("b0", "b1"),
        None,
    ]
    assert queue.take(anyone) == "a0"


def test_a_cleared_queue_is_empty() -> None:
    queue = queue_of(a=2, b=1)
    assert sorted(queue.clear()) == ["a0", "a1", "b0"]
    assert len(queue) == 0
    assert queue.take(anyone) is None
