"""Comments on the instructions of a version."""

import re

import pytest
from django.test import Client

from assistants_app.models import Assistant, Comment
from assistants_app.services.people.comments import OnInstructions
from assistants_app.web.people import instructions
from tests.cast import Cast
from tests.services.people.conversations import answer, comment
from tests.web.pages import HTMX, project_url, signed_in, squeezed
from tests.web.people.instructions import assistant_with

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS = ("Be kind.\nShort <b>\nEnd", "Short <b>\nBe kind.\nMore\nEnd", "Be cruel.")


@pytest.fixture
def assistant(cast: Cast) -> Assistant:
    return assistant_with(cast, *TEXTS)


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def url(cast: Cast, assistant: Assistant, number: int) -> str:
    return project_url(cast, "instruction_comments", assistant.id, str(number))


def page(cast: Cast, client: Client, assistant: Assistant, number: int, query: str = "") -> str:
    shown = client.get(url(cast, assistant, number) + query)
    assert shown.status_code == 200
    return squeezed(shown.text)


def test_a_line_is_commented_on(cast: Cast, alice: Client, assistant: Assistant) -> None:
    form = page(cast, alice, assistant, 1, "?line=2")
    assert re.search(r'id="comment-form" open>', form)
    assert re.search(r'id="first-line"[^>]*value="2"', form)
    given = {"first_line": "2", "last_line": "", "text": "Why, @bob?<script>"}
    to = alice.post(url(cast, assistant, 1), given)["Location"]
    made = Comment.objects.get()
    assert to == f"{url(cast, assistant, 1)}#{made.id}"
    assert (made.quote, made.mentions) == ("Short <b>", ["bob"])
    shown = page(cast, alice, assistant, 1)
    # The line itself is right above it.
    assert "<blockquote" not in shown
    quote = '<span class="as-written">Short &lt;b&gt;</span>'
    assert f'<blockquote dir="auto">{quote}</blockquote>' in page(cast, alice, assistant, 3)
    assert 'Why,<b class="mention">@bob</b>?&lt;script&gt;' in shown


def test_a_comment_follows_its_lines(cast: Cast, alice: Client, assistant: Assistant) -> None:
    comment(cast, cast.alice, "Very kind", OnInstructions(assistant.id, 1, 1, 1))
    moved = page(cast, alice, assistant, 2)
    assert moved.index('id="line-2"') < moved.index("Very kind") < moved.index('id="line-3"')
    assert ">outdated<" not in moved
    assert "v1, line 1" in moved


def test_where_the_lines_are_gone_it_is_outdated(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    first = comment(cast, cast.alice, "Both", OnInstructions(assistant.id, 1, 1, 2))
    answer(cast, cast.bob, "Yes", first)
    for number in (2, 3):
        shown = page(cast, alice, assistant, number)
        assert ">outdated<" in shown
        assert "Be kind. Short &lt;b&gt;</span></blockquote>" in shown
        assert "Both" in shown
        assert "Yes" in shown


def test_a_version_before_the_comment_does_not_show_it(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    comment(cast, cast.alice, "Cruel?", OnInstructions(assistant.id, 3, 1, 1))
    assert "Cruel?" not in page(cast, alice, assistant, 1)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"first_line": "9"}, "first_line", "Choose lines between 1 and 3"),
        ({"first_line": "x"}, "first_line", "Enter the number of a line."),
        ({"first_line": "1", "last_line": "9" * 30}, "first_line", "Enter the number of a line."),
        ({"first_line": "1", "text": " "}, "text", "Enter a text."),
    ],
)
def test_errors_are_under_their_field(
    cast: Cast,
    alice: Client,
    assistant: Assistant,
    given: dict[str, str],
    field: str,
    words: str,
) -> None:
    form = {"first_line": "1", "last_line": "", "text": "Kept </textarea>", **given}
    refused = alice.post(url(cast, assistant, 1), form)
    assert refused.status_code == 422
    shown = squeezed(refused.text)
    where = 'id="error-lines"' if field == "text" else f'id="e-{field}"'
    assert words in shown[shown.index(where) :][:200]
    if field != "text":
        assert "Kept &lt;/textarea&gt;</textarea>" in shown


def test_answers_lead_back_to_the_page(cast: Cast, alice: Client, assistant: Assistant) -> None:
    made = comment(cast, cast.alice, "Very kind", OnInstructions(assistant.id, 1, 1, 1))
    reply = project_url(cast, "reply_to_comment", made.id)
    to = alice.post(reply, {"text": "Yes"}, headers=HTMX)["HX-Redirect"]
    assert to.startswith(f"{url(cast, assistant, 1)}#cmt_")
    assert alice.post(reply, {"text": "Yes"}).status_code == 302


def test_long_instructions_have_pages(
    cast: Cast, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instructions, "AROUND", 2)
    assistant = assistant_with(cast, "1\n2\n3\n4\n5")
    comment(cast, cast.alice, "Four", OnInstructions(assistant.id, 1, 4, 4))

    def lines(query: str) -> list[str]:
        return re.findall(r'id="line-(\d+)"', page(cast, alice, assistant, 1, query))

    assert lines("") == ["1", "2"]
    assert ">line 4<" in page(cast, alice, assistant, 1)
    assert lines("?from=3") == ["3", "4"]
    assert lines("?line=5") == ["4", "5"]
    for query in ("?from=99", "?line=99", "?from=x", "?line=-1", "?from=" + "9" * 40):
        assert lines(query)


def test_viewers_comment(cast: Cast, assistant: Assistant) -> None:
    vera = signed_in(cast.vera)
    form = {"first_line": "1", "last_line": "1", "text": "Hm"}
    assert vera.post(url(cast, assistant, 1), form).status_code == 302
    assert Comment.objects.get().author == cast.vera


def test_strangers_find_nothing(cast: Cast, assistant: Assistant) -> None:
    charlie = signed_in(cast.charlie)
    assert charlie.get(url(cast, assistant, 1)).status_code == 404


def test_comments_of_others_appear_on_the_open_page(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    first = comment(cast, cast.alice, "Why?", OnInstructions(assistant.id, 1, 1, 1))
    query = "?from=1&line=2"
    shown = page(cast, alice, assistant, 1, query)
    [part] = re.findall(r'<div id="said"[^>]*>', shown)
    assert f'hx-get="{url(cast, assistant, 1)}{query.replace("&", "&amp;")}"' in part
    assert 'hx-trigger="comments-changed from:body"' in part
    # All comments are in it, and what somebody writes is kept: the new one before, answers within.
    assert shown.index('id="comment-form"') < shown.index(part) < shown.index("Why?")
    assert re.search(rf'id="comment-{first.id}" hx-preserve', shown)
