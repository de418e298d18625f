"""The threads in which requests of the API are carried out, in turns between projects."""

from collections.abc import Callable
from typing import TypeVar

from assistants_app import conf
from assistants_app.hop import Hop
from assistants_app.pace import pace
from assistants_app.turns import Turns

T = TypeVar("T")

hop = Hop("api", conf.API_THREADS)
# Apart, because a few uploads to a slow storage would otherwise hold up all other requests.
waiting_hop = Hop("api-waiting", conf.API_THREADS)
# Two requests of a project keep a processor busy. More of a flood at once would only wait for each
# other. A request that takes longer than usual waits for something else, and doesn't hold up the
# next ones of its project.
_turns = Turns(conf.API_THREADS, share=2, usual=0.1, pace=pace)
# What a run takes in all processes, as a multiple of the request that begins it.
RUN_WEIGHT = 2
# Searches and uploads can take seconds, so one project leaves half of the threads to others.
_waiting_turns = Turns(conf.API_THREADS, share=max(conf.API_THREADS // 2, 1))


async def in_turn(
    project_id: str, call: Callable[[], T], *, waits: bool, drives: bool = False
) -> T:
    """Carry out a request's call in a thread, once it is its project's turn.

    `waits` says whether the call may wait for a storage or a model, and `drives` whether it makes
    work for the processes that carry out runs.
    """
    pace.arrive(project_id)
    if waits:
        async with _waiting_turns.place(project_id):
            return await waiting_hop(call)
    async with _turns.place(project_id, weight=RUN_WEIGHT if drives else 1):
        return await hop(call)
