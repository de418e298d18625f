"""The activity page: filters, pages, and the download."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assistants_app.domain.ids import key_of, new_id
from assistants_app.models import AuditEntry
from assistants_app.services import audit
from assistants_app.services.acting import Actor, acting
from tests.cast import Cast
from tests.web.pages import project_url, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.alice)


def note(cast: Cast, verb: str, name: str = "", actor: Actor | None = None) -> str:
    """Note an act of alice about a thread of this name. Return the thread's ID."""
    thread_id = new_id("thread")
    with (
        acting(actor or Actor(cast.project.id, "owner", user_id=cast.alice.pk)),
        transaction.atomic(),
    ):
        audit.note(
            verb,
            project=cast.project,
            target_type="thread",
            target_id=thread_id,
            target_name=name,
        )
    return thread_id


def shown(cast: Cast, client: Client, **query: str) -> str:
    answer = client.get(project_url(cast, "activity"), query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def lines(page: str) -> list[str]:
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row)[1] for row in body.split("</tr>")[:-1]]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


def test_only_owners_see_it(cast: Cast) -> None:
    for user, status in ((cast.bob, 403), (cast.vera, 403), (cast.charlie, 404)):
        for name in ("activity", "activity_ndjson"):
            assert signed_in(user).get(project_url(cast, name)).status_code == status, user


def test_it_says_who_did_what_newest_first(cast: Cast, client: Client) -> None:
    note(cast, "delete_thread", "<b>Ahoy</b>")
    note(cast, "some_new_verb", "Bow")
    page = shown(cast, client)
    assert lines(page)[:2] == [
        "some new verb thread Bow",
        "deleted the thread &lt;b&gt;Ahoy&lt;/b&gt;",
    ]
    assert "<bdi>alice</bdi>" in page


def test_filters_narrow_it(cast: Cast, client: Client) -> None:
    first = note(cast, "delete_thread", "Ahoy")
    note(cast, "export", "Ahoy", Actor(cast.project.id, "editor", user_id=cast.bob.pk))
    for query, expected in (
        ({"verb": "delete_thread"}, ["deleted the thread Ahoy"]),
        ({"person": f"user:{cast.bob.pk}"}, ["exported thread Ahoy"]),
        ({"person": "system", "verb": "export"}, []),
        ({"target": first}, ["deleted the thread Ahoy"]),
        ({"target": "Ahoy", "verb": "export"}, ["exported thread Ahoy"]),
        ({"target": "Aho"}, []),
        ({"from": "2999-01-01"}, []),
        ({"until": "2001-01-01"}, []),
        (
            {"from": "0001-01-01", "until": "9999-12-31", "target": first},
            ["deleted the thread Ahoy"],
        ),
    ):
        assert lines(shown(cast, client, **query)) == expected, query


def test_days_are_those_of_the_project(cast: Cast, client: Client) -> None:
    cast.project.time_zone = "Pacific/Kiritimati"  # 14 hours ahead
    cast.project.save()
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    entry = AuditEntry.objects.filter(project_id=cast.project.id)[0]
    entry.created_at, entry.verb = noon, "export"
    entry.pk = f"audit_{key_of(noon)}{'x' * 15}"
    entry.save(force_insert=True)
    day = {"from": "2026-05-02", "until": "2026-05-02"}
    assert len(lines(shown(cast, client, **day))) == 1
    assert lines(shown(cast, client, until="2026-05-01")) == []


@pytest.mark.parametrize("text", ["yesterday", "2026-W05-6"])
def test_a_wrong_date_is_said_under_its_field(cast: Cast, client: Client, text: str) -> None:
    page = shown(cast, client, **{"from": text})
    assert 'id="e-from">Enter a date such as 2026-01-31.' in page


@pytest.mark.parametrize("text", ["\0", "'", "%", "user:x", "x" * 5000, "😀"])
def test_no_filter_breaks_it(cast: Cast, client: Client, text: str) -> None:
    names = ("person", "verb", "target", "from", "until", "after", "before")
    for name in (*names, None):
        query = dict.fromkeys(names, text) if name is None else {name: text}
        shown(cast, client, **query)


def test_pages_follow_each_other_both_ways(cast: Cast, client: Client) -> None:
    for number in range(101):
        note(cast, "delete_thread", f"T{number}")
    page, seen = shown(cast, client, verb="delete_thread"), []
    while True:
        seen.append(lines(page))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        page = shown(cast, client, **query_of(following[1]))
    assert [len(part) for part in seen] == [50, 50, 1]
    assert len({line for part in seen for line in part}) == 101
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back is not None
    assert lines(shown(cast, client, **query_of(back[1]))) == seen[1]


def query_of(href: str) -> dict[str, str]:
    given = parse_qs(urlsplit(href.replace("&amp;", "&")).query)
    return {name: value for name, [value] in given.items()}


def read(answer: Any) -> str:
    async def pieces() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(pieces)().decode()


def test_the_download_has_all_that_the_filter_finds(cast: Cast, client: Client) -> None:
    thread_id = note(cast, "delete_thread", "Ahoy\n\u2028")
    for _ in range(3):
        note(cast, "export")
    answer = client.get(project_url(cast, "activity_ndjson"), {"verb": "delete_thread"})
    assert answer["Content-Type"] == "application/x-ndjson"
    # Also for readers that end lines elsewhere.
    [line] = read(answer).splitlines()
    found = json.loads(line)
    assert found["actor"] == {"type": "user", "id": cast.alice.pk, "name": "alice"}
    assert found["target"] == {"type": "thread", "id": thread_id, "name": "Ahoy\n\u2028"}
    since = datetime.now(UTC) - datetime.fromisoformat(found["created_at"])
    assert timedelta() < since < timedelta(minutes=5)
    # The download is an act itself.
    [entry] = AuditEntry.objects.filter(verb="export", target_type="activity")
    assert entry.actor == f"user:{cast.alice.pk}"


def test_the_address_of_the_client_is_noted(cast: Cast, client: Client) -> None:
    client.post(project_url(cast, "create_key"), {"name": "CI"}, REMOTE_ADDR="192.0.2.9")
    entry = AuditEntry.objects.filter(verb="create_api_key").order_by("-pk")[0]
    assert (entry.address, entry.actor_name) == ("192.0.2.9", "alice")


def test_more_entries_take_no_more_queries(cast: Cast, client: Client) -> None:
    counts = []
    for number in (1, 60):
        for _ in range(number):
            note(cast, "delete_thread")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shown(cast, client)
        counts.append(len(queries))
    assert counts[0] == counts[1]
