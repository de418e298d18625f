"""Lists have the right pages for any limit, order and cursor, even a deleted one."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistants_app.models import Assistant, Message, Run, RunStep
from tests.cast import Cast, CheckedClient, api_client, make_run

ROWS = 12


@dataclass
class Listing:
    """A list's URL and its ids, oldest first. Those in `gone` were deleted."""

    url: str
    ids: list[str]
    gone: set[str]


def assistants(cast: Cast) -> tuple[str, list[str]]:
    made = [Assistant.objects.create(project=cast.project, model="m") for _ in range(ROWS)]
    return "/v1/assistants", [cast.assistant.id, *(row.id for row in made)]


def messages(cast: Cast) -> tuple[str, list[str]]:
    made = [Message.objects.create(thread=cast.thread, role="user") for _ in range(ROWS)]
    return f"/v1/threads/{cast.thread.id}/messages", [cast.message.id, *(row.id for row in made)]


def runs(cast: Cast) -> tuple[str, list[str]]:
    made = [
        make_run(cast.project, cast.thread, cast.assistant, status="completed") for _ in range(ROWS)
    ]
    return f"/v1/threads/{cast.thread.id}/runs", [cast.run.id, *(row.id for row in made)]


def steps(cast: Cast) -> tuple[str, list[str]]:
    columns = {
        "run": cast.run,
        "thread_id": cast.thread.id,
        "assistant_id": cast.assistant.id,
        "type": "message_creation",
        "status": "completed",
        "step_details": cast.step.step_details,
    }
    made = [RunStep.objects.create(**columns) for _ in range(ROWS)]
    url = f"/v1/threads/{cast.thread.id}/runs/{cast.run.id}/steps"
    return url, [cast.step.id, *(row.id for row in made)]


MODELS: dict[Any, type[Model]] = {
    assistants: Assistant,
    messages: Message,
    runs: Run,
    steps: RunStep,
}


@pytest.fixture(params=MODELS, ids=lambda make: str(make.__name__))
def listing(request: pytest.FixtureRequest, cast: Cast) -> Listing:
    url, ids = request.param(cast)
    gone = {ids[3], ids[-1]}
    MODELS[request.param]._default_manager.filter(pk__in=gone).delete()
    return Listing(url, ids, gone)


def expected_page(
    listing: Listing, limit: int, order: str, after: str, before: str
) -> tuple[list[str], bool]:
    # The vendor's rule: in the given order, the items next to the cursor, after it or before it.
    ids = sorted(listing.ids, reverse=order == "desc")
    begin = ids.index(after) + 1 if after else 0
    end = ids.index(before) if before else len(ids)
    left = [one for one in ids[begin:end] if one not in listing.gone]
    page = left[-limit:] if before and not after else left[:limit]
    return page, len(left) > limit


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_page_has_the_items_next_to_its_cursors(
    cast: Cast, listing: Listing, data: st.DataObject
) -> None:
    limit = data.draw(st.integers(1, ROWS + 3))
    order = data.draw(st.sampled_from(["asc", "desc"]))
    cursor = st.just("") | st.sampled_from(listing.ids)
    after, before = data.draw(cursor), data.draw(cursor)
    query: Any = {"limit": limit, "order": order, "after": after, "before": before}
    page = api_client(cast.key).get(listing.url, query).json()
    ids, has_more = expected_page(listing, limit, order, after, before)
    assert [item["id"] for item in page["data"]] == ids
    assert (page["first_id"], page["last_id"]) == ((ids[0], ids[-1]) if ids else (None, None))
    assert page["has_more"] is has_more


def test_following_the_pages_returns_each_row_once(cast: Cast, listing: Listing) -> None:
    client: CheckedClient = api_client(cast.key)
    for order in ("asc", "desc"):
        seen: list[str] = []
        page: dict[str, Any] = {"has_more": True, "last_id": ""}
        while page["has_more"]:
            query: Any = {"limit": 5, "order": order, "after": page["last_id"]}
            page = client.get(listing.url, query).json()
            seen += [item["id"] for item in page["data"]]
        assert seen == sorted(set(listing.ids) - listing.gone, reverse=order == "desc")
