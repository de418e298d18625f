"""Parts of a thread over HTTP, the search in it, and the links that lead to a message."""

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, Message, Thread
from assistants_app.queries.threads.spans import MORE_MESSAGES
from assistants_app.services.threads.forks import edit_and_fork, fork_thread
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.web.pages import signed_in


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def url(cast: Cast, name: str, *arguments: str, **query: str) -> str:
    address = reverse(name, args=[cast.project.id, *arguments])
    return f"{address}?{'&'.join(f'{key}={value}' for key, value in query.items())}"


def say(thread: Thread, *texts: str) -> list[Message]:
    rows = [Message(thread=thread, role="user", content=[text_part(text)]) for text in texts]
    return Message.objects.bulk_create(rows)


def numbered(cast: Cast, count: int) -> list[Message]:
    return say(cast.thread, *(f"Message {number}" for number in range(count)))


def test_a_part_says_which_messages_it_has(cast: Cast, alice: Client) -> None:
    rows = numbered(cast, 250)
    total = 251
    address = url(cast, "thread_part", cast.thread.id, before=rows[200].id)
    part = alice.get(address).json()
    assert part.pop("html").count("<article") == MORE_MESSAGES
    assert part == {"before": 151, "total": total, "end": False}
    part = alice.get(url(cast, "thread_part", cast.thread.id, after=rows[240].id)).json()
    assert [f'id="{row.id}"' in part["html"] for row in rows[239:243]] == [False, False, True, True]
    assert (part["before"], part["end"]) == (242, True)
    part = alice.get(url(cast, "thread_part", cast.thread.id)).json()
    assert cast.message.id in part["html"]
    assert part["before"] == 0


@pytest.mark.parametrize(
    "query",
    [{"before": "%00"}, {"around": "x" * 500}, {"from": "msg_a"}, {"after": "msg_%F0%9F%98%80"}],
)
def test_a_strange_place_is_no_server_error(
    cast: Cast, alice: Client, query: dict[str, str]
) -> None:
    assert alice.get(url(cast, "thread_part", cast.thread.id, **query)).status_code == 200


def test_an_unknown_run_is_not_found(cast: Cast, alice: Client) -> None:
    address = url(cast, "thread_part", cast.thread.id, run="run_gone")
    assert alice.get(address).status_code == 404


def test_the_page_of_a_message_has_what_is_around_it(cast: Cast, alice: Client) -> None:
    rows = numbered(cast, 300)
    page = alice.get(url(cast, "playground", t=cast.thread.id, m=rows[100].id)).content.decode()
    assert f'data-message="{rows[100].id}"' in page
    assert f'id="{rows[99].id}"' in page
    assert f'id="{rows[299].id}"' not in page
    assert 'data-before="51" data-total="301"' in page
    page = alice.get(url(cast, "playground", t=cast.thread.id, m="msg_gone")).content.decode()
    assert "no longer in this thread" in page
    assert f'id="{rows[299].id}"' in page


def test_the_page_of_a_run_has_what_is_around_it(cast: Cast, alice: Client) -> None:
    rows = numbered(cast, 120)
    run = make_run(cast.project, cast.thread, cast.assistant, status="failed")
    numbered(cast, 200)
    page = alice.get(url(cast, "playground", t=cast.thread.id, r=run.id)).content.decode()
    assert f'id="end-{run.id}"' in page
    assert f'id="{rows[-1].id}"' in page


def test_a_search_says_which_match_it_shows(cast: Cast, alice: Client) -> None:
    first, last = say(cast.thread, "Red apples", "Green apples")

    def found(**query: str) -> str:
        return alice.get(url(cast, "find_in_thread", cast.thread.id, **query)).content.decode()

    assert f'data-found="{last.id}"' in found(q="apples")
    assert "2 of 2" in found(q="apples")
    assert f'data-found="{first.id}"' in found(q="apples", at=last.id, step="previous")
    assert "No matches" in found(q="plums")
    assert found(q="%00").strip() == ""


def test_links_lead_to_the_message_that_was_found(cast: Cast, alice: Client) -> None:
    red, _plums = say(cast.thread, "Red apples", "Plums")
    to_it = f"t={cast.thread.id}&amp;m={red.id}"
    assert to_it in alice.get(url(cast, "threads", q="apples")).content.decode()
    assert to_it in alice.get(url(cast, "palette", q="apples")).content.decode()
    assert to_it in alice.get(url(cast, "palette", q=red.id)).content.decode()
    assert "&amp;m=" not in alice.get(url(cast, "palette")).content.decode()


def test_the_tree_leads_to_where_a_fork_branches_off(cast: Cast, alice: Client) -> None:
    one, two, _three = say(cast.thread, "One", "Two", "Three")
    project, thread_id = cast.project, cast.thread.id
    fork = fork_thread(project=project, thread_id=thread_id, message_id=two.id)
    copied = Message.objects.filter(thread=fork).latest("pk")
    say(fork, "New")
    edited = edit_and_fork(project=project, thread_id=thread_id, message_id=one.id, text="Uno")
    changed = Message.objects.filter(thread=edited).latest("pk")
    tree = alice.get(url(cast, "thread_tree", fork.id)).content.decode()
    for thread, message in ((fork, copied), (edited, changed), (cast.thread, two)):
        assert f"t={thread.id}&amp;m={message.id}" in tree


def test_a_thread_opens_with_its_own_last_assistant(cast: Cast, alice: Client) -> None:
    other = Assistant.objects.create(project=cast.project, model="m", name="Other")
    answered = Thread.objects.create(project=cast.project)
    make_run(cast.project, answered, other, status="completed")
    silent = Thread.objects.create(project=cast.project)
    page = alice.get(url(cast, "playground", a=cast.assistant.id)).content.decode()
    assert f'?a={other.id}&amp;t={answered.id}"' in page
    assert f'?a={cast.assistant.id}&amp;t={silent.id}"' in page
    page = alice.get(url(cast, "playground", t=answered.id)).content.decode()
    assert f'<option value="{other.id}" selected>' in page
