"""The threads in which requests of the API are carried out, in turns between projects."""

from collections.abc import Callable
from typing import TypeVar

from assistants_app import conf
from assistants_app.hop import Hop
from assistants_app.turns import Turns

T = TypeVar("T")

hop = Hop("api", conf.API_THREADS)
# Apart, because a few uploads to a slow storage would otherwise hold up all other requests.
waiting_hop = Hop("api-waiting", conf.API_THREADS)
# Two requests of a project keep a processor busy. More of a flood at once would only wait for each
# other. A request that takes longer than usual waits for something else, and doesn't hold up the
# next ones of its project.
_turns = Turns(conf.API_THREADS, share=2, usual=0.1)
# Searches and uploads can take seconds, so one project leaves half of the threads to others.
_waiting_turns = Turns(conf.API_THREADS, share=max(conf.API_THREADS // 2, 1))


async def in_turn(project_id: str, call: Callable[[], T], *, waits: bool) -> T:
    """Carry out a request's call in a thread, once it is its project's turn.

    `waits` says whether the call may wait for a storage or a model.
    """
    turns, carry_out = (_waiting_turns, waiting_hop) if waits else (_turns, hop)
    async with turns.place(project_id):
        return await carry_out(call)
