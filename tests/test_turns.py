"""Projects take turns."""

import asyncio
from collections.abc import Callable

import pytest

from assistants_app import pace as pacing
from assistants_app.pace import Pace
from assistants_app.turns import FairQueue, Turns

Clock = Callable[[float], None]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return what moves the clock of the pace by these seconds."""
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])

    def wait(seconds: float) -> None:
        clock[0] += seconds

    return wait


def anyone(project_id: str) -> bool:
    return True


def queue_of(**runs: int) -> FairQueue[str]:
    """Return a queue with this number of runs of each project."""
    queue = FairQueue[str]()
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


def order_of(turns: Turns, *projects: str) -> list[str]:
    """Return the order in which callers of these projects get a place, with a place each time."""

    async def all_of_them() -> list[str]:
        order: list[str] = []

        async def caller(project_id: str) -> None:
            async with turns.place(project_id):
                order.append(project_id)
                await asyncio.sleep(0)

        await asyncio.gather(*map(caller, projects))
        return order

    return asyncio.run(all_of_them())


def test_a_place_goes_to_each_project_in_turn() -> None:
    assert order_of(Turns(1, share=1), *"aaaaabc") == list("aabcaaa")


async def hold(turns: Turns, project_id: str, until: asyncio.Event) -> None:
    async with turns.place(project_id):
        await until.wait()


def test_one_project_leaves_places_to_others() -> None:
    async def flood() -> int:
        turns, end = Turns(4, share=3), asyncio.Event()
        flooding = [asyncio.create_task(hold(turns, "a", end)) for _ in range(10)]
        await asyncio.sleep(0)
        # Would time out if the ten had all four places.
        async with asyncio.timeout(5), turns.place("b"):
            pass
        end.set()
        await asyncio.gather(*flooding)
        return len(flooding)

    assert asyncio.run(flood()) == 10


def test_who_gives_up_waiting_leaves_the_place_to_the_next() -> None:
    async def give_up() -> None:
        turns, end = Turns(1, share=1), asyncio.Event()
        end.set()
        async with turns.place("a"):
            waiting = [asyncio.create_task(hold(turns, "b", end)) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()  # before its turn
        waiting[1].cancel()  # when it has just got the place
        await asyncio.gather(*waiting, return_exceptions=True)
        assert [task.cancelled() for task in waiting] == [True, True, False]
        async with asyncio.timeout(5), turns.place("c"):
            pass

    asyncio.run(give_up())


def test_a_place_that_is_held_for_long_does_not_hold_up_the_next() -> None:
    async def slow_ones() -> int:
        turns, end = Turns(4, share=2, usual=0.01), asyncio.Event()
        slow = [asyncio.create_task(hold(turns, "a", end)) for _ in range(3)]
        # Would time out if the slow ones counted. The third of them has got a place by then, too.
        async with asyncio.timeout(5), turns.place("a"):
            end.set()
        await asyncio.gather(*slow)
        return len(slow)

    assert asyncio.run(slow_ones()) == 3


def test_a_project_slows_down_while_another_one_uses_less_than_half(wait: Clock) -> None:
    pace = Pace()
    pace.use("flood", 1.0)
    wait(0.1)
    assert not pace.is_slow("flood"), "nobody else is there"
    pace.arrive("person")
    wait(0.1)
    assert pace.is_slow("flood")
    assert not pace.is_slow("person")
    pace.use("person", 0.6)
    wait(0.1)
    assert not pace.is_slow("flood"), "both work about as much"


def test_a_project_goes_on_at_full_speed_once_the_other_is_gone(wait: Clock) -> None:
    pace = Pace()
    pace.arrive("person")
    for _ in range(30):
        pace.use("flood", 0.1)
        wait(0.1)
    assert not pace.is_slow("flood")


def test_what_was_used_long_ago_hardly_counts(wait: Clock) -> None:
    pace = Pace()
    pace.use("earlier", 1.0)
    for _ in range(600):  # beyond the point at which the weights start again
        wait(0.25)
        pace.use("earlier", 0.01)
        pace.use("now", 0.01)
    assert not pace.is_slow("earlier")
    assert not pace.is_slow("now")


def test_projects_that_slow_down_share_one_place_and_pause() -> None:
    async def flood() -> tuple[list[str], int]:
        pace = Pace()
        turns = Turns(6, share=2, usual=0.2, pace=pace)
        for project_id in ("flood", "stream"):
            pace.use(project_id, 10.0)
        pace.arrive("person")
        await asyncio.sleep(2 * pacing.COMPARED)
        order: list[str] = []
        at_once = most = 0

        async def request(project_id: str) -> None:
            nonlocal at_once, most
            async with turns.place(project_id):
                at_once += 1
                most = max(most, at_once)
                order.append(project_id)
                await asyncio.sleep(0.005)
                at_once -= 1

        slow = [request(project_id) for project_id in ("flood", "stream") * 3]
        waiting = [asyncio.create_task(one) for one in slow]
        await asyncio.sleep(0)
        before = len(order)
        await request("person")
        assert order[before] == "person", "it waited for nobody"
        async with asyncio.timeout(5):
            await asyncio.gather(*waiting)
        return order, most

    order, most = asyncio.run(flood())
    assert order.count("flood") == order.count("stream") == 3
    assert most == 2, "one of the slow ones, beside the other project's"
