"""Ids have the vendor's form and sort by time."""

import re
from concurrent.futures import ThreadPoolExecutor

from assistants_app.domain.ids import new_id, sort_key


def test_an_id_has_the_vendors_form() -> None:
    assert re.fullmatch(r"thread_[0-9A-Za-z]{24}", new_id("thread"))


def test_later_ids_sort_after_earlier_ones() -> None:
    ids = [new_id("msg") for _ in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000


def test_ids_of_many_threads_are_unique() -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: new_id("run"), range(4000)))
    assert len({sort_key(object_id)[:9] for object_id in ids}) == 4000
