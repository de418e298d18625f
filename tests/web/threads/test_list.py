"""The threads page: search, rows, exports and deletion."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assistants_app.domain.configurations.origins import LISTED, OF_THREADS
from assistants_app.models import Message, Rating, RunStep, Thread
from assistants_app.queries.threads.export import exported_threads
from assistants_app.rendering.threads.export import FORMATS
from assistants_app.services.threads.forks import fork_thread
from assistants_app.wire.runs.steps import function_call, tool_calls_details
from tests.cast import Cast, make_run
from tests.web.pages import project_url, say, signed_in


@pytest.fixture
def weather(cast: Cast) -> Thread:
    """A thread from January whose newest run failed after a call of get_weather."""
    thread = Thread.objects.create(
        project=cast.project,
        metadata={"customer": "42"},
        created_at=datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC),
    )
    say(thread, "Is it\nraining?")
    usage = {"prompt_tokens": 1000, "completion_tokens": 234, "estimated": 1}
    make_run(cast.project, thread, cast.assistant, status="completed", usage=usage)
    run = make_run(cast.project, thread, cast.assistant, status="failed")
    RunStep.objects.create(
        run=run,
        thread_id=thread.id,
        assistant_id=cast.assistant.id,
        type="tool_calls",
        status="completed",
        step_details=tool_calls_details([function_call("call_1", "get_weather", "{}", "11")]),
    )
    rate(thread, cast, -1)
    return thread


def rate(thread: Thread, cast: Cast, value: int) -> None:
    message = Message.objects.filter(thread=thread).first()
    assert message is not None
    Rating.objects.create(thread=thread, message=message, user=cast.bob, value=value)


def page_of(cast: Cast, **query: str) -> str:
    url = f"{reverse('threads', args=[cast.project.id])}?{urlencode(query)}"
    answer = signed_in(cast.bob).get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_row_describes_its_thread(cast: Cast, weather: Thread) -> None:
    page = page_of(cast, q="raining")
    for told in (
        "Is it raining?",
        ">Secret<",
        ">Failed<",
        "failed: trace of the last run",
        "≈ 1,234",
        "2026-01-31 23:59",
    ):
        assert told in page
    assert f"?a={cast.assistant.id}&amp;t={weather.id}" in page


@pytest.mark.parametrize(
    "query",
    [
        {"q": "raining"},
        {"status": "failed"},
        {"tool": "get_weather"},
        {"tool": "function"},
        {"rating": "down"},
        {"metadata": "customer=42"},
        {"from": "2026-01-31", "until": "2026-01-31"},
        {"q": "raining", "status": "failed", "tool": "get_weather"},
    ],
)
def test_a_search_finds_what_is_meant_and_nothing_else(
    cast: Cast, weather: Thread, query: dict[str, str]
) -> None:
    page = page_of(cast, **query)
    assert weather.id in page
    assert cast.thread.id not in page


@pytest.mark.parametrize(
    "query",
    [
        {"q": "snowing"},
        {"status": "queued"},
        {"tool": "weather"},
        {"rating": "up"},
        {"metadata": "customer=4"},
        {"assistant": "asst_unknown"},
        {"until": "2026-01-30"},
    ],
)
def test_what_nothing_matches_says_so(cast: Cast, weather: Thread, query: dict[str, str]) -> None:
    page = page_of(cast, **query)
    assert "No matching threads" in page
    assert "<table" not in page


def test_only_the_newest_runs_status_counts(cast: Cast, weather: Thread) -> None:
    page = page_of(cast, status="completed")
    assert weather.id not in page
    assert cast.thread.id in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("metadata", "customer"), ("from", "yesterday"), ("until", "2026-02-30")),
        *(("status", "odd"), ("rating", "odd"), ("origin", "judge")),
    ],
)
def test_a_field_that_cannot_be_meant_is_marked(cast: Cast, field: str, value: str) -> None:
    page = page_of(cast, **{field: value})
    assert f'id="e-{field}"' in page
    assert 'aria-invalid="true"' in page


def test_a_project_without_threads_says_where_to_begin(cast: Cast) -> None:
    url = reverse("threads", args=[cast.other_project.id])
    assert "No threads yet" in signed_in(cast.charlie).get(url).content.decode()


def test_pages_go_to_the_last_thread_and_back(cast: Cast) -> None:
    threads = [Thread.objects.create(project=cast.project) for _ in range(60)]
    newest = [thread.id for thread in reversed(threads)] + [cast.thread.id]
    client = signed_in(cast.alice)
    first = client.get(reverse("threads", args=[cast.project.id]))
    assert [row.thread.id for row, *_ in first.context["rows"]] == newest[:25]
    assert first.context["newer"] == ""
    second = client.get(first.context["older"])
    last = client.get(second.context["older"])
    assert [row.thread.id for row, *_ in last.context["rows"]] == newest[50:]
    assert last.context["older"] == ""
    back = client.get(last.context["newer"])
    assert [row.thread.id for row, *_ in back.context["rows"]] == newest[25:50]
    assert client.get(back.context["newer"]).context["newer"] == ""


def test_the_number_of_queries_does_not_grow_with_the_table(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            page_of(cast)
        return len(asked)

    before = queries()
    for number in range(20):
        thread = Thread.objects.create(project=cast.project)
        say(thread, f"Question {number}")
        make_run(cast.project, thread, cast.assistant, status="completed")
    assert queries() == before


def whole(cast: Cast, kind: str, *threads: Thread) -> str:
    return "".join(FORMATS[kind][0](cast.project, exported_threads(cast.project, threads)))


def test_exports_hold_the_whole_threads(cast: Cast, weather: Thread) -> None:
    say(weather, "**No**", "assistant", assistant_id=cast.assistant.id)
    document: dict[str, Any] = json.loads(whole(cast, "json", weather, cast.thread))
    assert [item["id"] for item in document["data"]] == [weather.id, cast.thread.id]
    assert [item["role"] for item in document["data"][0]["messages"]] == ["user", "assistant"]
    assert [item["status"] for item in document["data"][0]["runs"]] == ["completed", "failed"]
    lines = whole(cast, "jsonl", weather, cast.thread).splitlines()
    assert [json.loads(line) for line in lines] == document["data"]
    markdown = whole(cast, "md", weather)
    assert markdown.startswith("# Is it raining?\n")
    assert "Is it\\\nraining?" in markdown  # a line break of Markdown
    assert "## Secret · " in markdown


def test_an_exported_page_has_markup_and_no_script(cast: Cast, weather: Thread) -> None:
    say(weather, "**No** <script>alert(1)</script>", "assistant")
    page = whole(cast, "html", weather)
    assert "<strong>No</strong>" in page
    assert "<script" not in page
    assert page.endswith("</html>\n")
    assert json.loads(whole(cast, "json")) == {"object": "list", "data": []}


def test_an_unknown_format_is_not_there(cast: Cast) -> None:
    url = reverse("export_threads", args=[cast.project.id])
    assert signed_in(cast.alice).post(url, {"format": "exe"}).status_code == 404


def test_deleting_wants_the_word_and_takes_only_what_was_chosen(
    cast: Cast, weather: Thread
) -> None:
    client = signed_in(cast.alice)
    url = reverse("delete_threads", args=[cast.project.id])
    chosen = {"id": [weather.id, "thread_unknown"], "status": "failed"}
    refused = client.post(url, {**chosen, "confirm": "yes"})
    assert refused.status_code == 422
    assert "Nothing was deleted" in refused.content.decode()
    assert Thread.objects.filter(pk=weather.id).exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_chosen_is_deleted(cast: Cast, weather: Thread) -> None:
    client = signed_in(cast.alice)
    url = reverse("delete_threads", args=[cast.project.id])
    chosen = {"id": [weather.id, "thread_unknown"], "status": "failed", "confirm": "Delete"}
    done = client.post(url, chosen, follow=True)
    assert done.redirect_chain[0][0].endswith("?status=failed")
    assert "1 thread deleted." in done.content.decode()
    assert list(Thread.objects.filter(project=cast.project)) == [cast.thread]


@pytest.mark.django_db(transaction=True)
def test_a_strangers_threads_are_not_touched(cast: Cast) -> None:
    url = reverse("delete_threads", args=[cast.other_project.id])
    body = {"id": [cast.thread.id], "confirm": "delete"}
    assert signed_in(cast.charlie).post(url, body).status_code == 302
    assert Thread.objects.filter(pk=cast.thread.id).exists()


@pytest.mark.parametrize(
    ("zone", "day"),
    [("", "2026-01-31"), ("Asia/Tokyo", "2026-02-01"), ("America/St_Johns", "2026-01-31")],
)
def test_days_are_those_of_the_projects_zone(
    cast: Cast, weather: Thread, zone: str, day: str
) -> None:
    cast.project.time_zone = zone
    cast.project.save()
    found = page_of(cast, **{"from": day, "until": day})
    assert weather.id in found
    assert f"Days in {zone or 'UTC'}" in found
    for other in ("2026-01-30", "2026-02-02"):
        assert weather.id not in page_of(cast, **{"from": other, "until": other})


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Lima"])
def test_the_ends_of_the_calendar_are_no_fault(cast: Cast, zone: str) -> None:
    cast.project.time_zone = zone
    cast.project.save()
    assert page_of(cast, **{"from": "0001-01-01", "until": "9999-12-31"})


def test_an_export_is_named_for_the_projects_day(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.project.time_zone = "Asia/Tokyo"
    cast.project.save()
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 28, 23, 8, tzinfo=UTC))
    url = reverse("export_threads", args=[cast.project.id])
    answer = signed_in(cast.bob).post(url, {"format": "md"})
    assert 'filename="threads-2026-11-29.md"' in answer["Content-Disposition"]


def test_the_column_has_one_row_for_a_thread_and_its_forks(cast: Cast) -> None:
    fork = fork_thread(project=cast.project, thread_id=cast.thread.id)
    page = signed_in(cast.alice).get(project_url(cast, "thread_column"), {"t": cast.thread.id})
    html = page.content.decode()
    assert html.count('class="item"') == 1
    assert f"t={fork.id}" in html
    assert 'aria-current="true"' in html
    assert reverse("thread_tree", args=[cast.project.id, fork.id]) in html


def test_all_threads_of_a_filter_are_deleted_not_only_those_of_the_page(
    cast: Cast, weather: Thread
) -> None:
    threads = [Thread.objects.create(project=cast.project) for _ in range(40)]
    for thread in threads:
        say(thread, "apples")
    page = page_of(cast, q="apples")
    assert "40 threads." in page
    assert "Select all 40" in page
    say(newer := Thread.objects.create(project=cast.project), "apples")
    form = {"q": "apples", "all": threads[-1].id, "id": threads[-1].id, "confirm": "delete"}
    client = signed_in(cast.bob)
    client.post(reverse("delete_threads", args=[cast.project.id]), form)
    assert set(Thread.objects.filter(project=cast.project)) == {cast.thread, weather, newer}
    strangers = signed_in(cast.charlie).post(
        reverse("delete_threads", args=[cast.project.id]), {**form, "q": "", "all": "thread_z"}
    )
    assert strangers.status_code == 404


def test_a_title_that_is_too_long_is_refused_with_a_reason(cast: Cast) -> None:
    answer = signed_in(cast.bob).post(
        reverse("rename_listed_thread", args=[cast.project.id, cast.thread.id]),
        {"title": "x" * 513},
    )
    assert answer.status_code == 422
    assert "512" in answer.content.decode()
    assert "Secret" in answer.content.decode()


def test_a_row_shows_the_words_that_were_found(cast: Cast) -> None:
    say(cast.thread, "First this. " * 20 + "Then the <harbour> was built.")
    assert "the &lt;<mark>harbour</mark>&gt; was built." in page_of(cast, q="harb")
    assert "<mark>" not in page_of(cast)


@pytest.mark.parametrize("origin", OF_THREADS)
def test_threads_are_found_by_their_origin(cast: Cast, weather: Thread, origin: str) -> None:
    Thread.objects.filter(pk=weather.pk).update(origin=origin)
    assert (weather.id in page_of(cast)) == (origin in LISTED)
    assert (weather.id in page_of(cast, q="raining")) == (origin in LISTED)
    for asked in (origin, "all"):
        assert weather.id in page_of(cast, origin=asked)
        assert weather.id in page_of(cast, origin=asked, sort="-tokens", q="raining")
    # Where it is from stands beside its title, if it isn't the usual.
    row = page_of(cast, origin=origin).partition(f'id="row-{weather.id}"')[2]
    assert ('class="badge" title="Origin"' in row) == (origin not in ("api", "page"))
    other = next(one for one in OF_THREADS if one != origin)
    assert weather.id not in page_of(cast, origin=other)
    # A field that can't be meant doesn't count.
    assert (weather.id in page_of(cast, origin="odd")) == (origin in LISTED)


def test_only_what_is_found_is_deleted(cast: Cast, weather: Thread) -> None:
    Thread.objects.filter(pk=weather.pk).update(origin="experiment")
    alice = signed_in(cast.alice)
    for origin in ("", "experiment"):
        body = {"all": "thread_zzz", "confirm": "delete", "origin": origin}
        alice.post(project_url(cast, "delete_threads"), body)
        assert Thread.objects.filter(pk=weather.pk).exists() == (not origin)
    assert not Thread.objects.filter(pk=cast.thread.pk).exists()


@pytest.mark.parametrize(
    ("query", "odd"),
    [
        ({}, ""),
        ({"q": "x", "sort": "-cost", "page": "2"}, ""),
        ({"sort": "", "page": "", "after": ""}, ""),
        # The thread may have been deleted.
        ({"after": "thread_0000000000000gone"}, ""),
        ({"statsu": "failed"}, "statsu=failed"),
        ({"sort": "costs", "page": "-1"}, "sort=costs, page=-1"),
        ({"after": "zzz"}, "after=zzz"),
        # Python converts no such number.
        ({"page": "9" * 5000}, f"page={'9' * 55}"),
        ({"before": "msg_1", "<b>": "y" * 99}, f"before=msg_1, &lt;b&gt;={'y' * 56}"),
    ],
)
def test_what_the_address_has_and_the_table_does_not_know_is_said(
    cast: Cast, weather: Thread, query: dict[str, str], odd: str
) -> None:
    page = page_of(cast, **query)
    said = "This list can&#x27;t use a part of its address: "
    assert (said in page) is bool(odd)
    assert not odd or f"{said}{odd}." in page
    # A cursor that isn't one is passed over.
    if "before" in query or query.get("after") == "zzz":
        assert weather.id in page


@pytest.mark.parametrize(
    ("name", "query"),
    [
        *(("activity", "after=x"), ("activity", "verbs=export"), ("runs", "status=failing")),
        *(("runs", "page=x"), ("files", "names=a"), ("assistants", "sort=nam")),
        *(("comparisons", "after=x"), ("tapes", "after=x"), ("experiments", "after=x")),
        ("experiments", "state=runing"),
    ],
)
def test_so_is_it_on_other_lists(cast: Cast, name: str, query: str) -> None:
    client = signed_in(cast.alice)
    page = client.get(f"{project_url(cast, name)}?{query}").content.decode()
    assert f"a part of its address: {query}." in page
    assert "a part of its address" not in client.get(project_url(cast, name)).content.decode()
