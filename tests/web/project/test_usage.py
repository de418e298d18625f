"""The usage page: periods in its URL, charts and tables."""

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import async_to_sync
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from assistants_app.models import Assistant, AssistantVersion, ModelPrice
from assistants_app.services.assistants.requests import delete_assistant
from assistants_app.services.project.projects import revoke_api_key
from tests.cast import Cast
from tests.queries.project.usage_rows import NOON, call_at, run_at, settle_all
from tests.web.pages import signed_in


def page_of(cast: Cast, **query: str) -> str:
    answer = signed_in(cast.bob).get(
        f"{reverse('usage', args=[cast.project.id])}?{urlencode(query)}"
    )
    assert answer.status_code == 200
    return answer.content.decode()


def chart_of(page: str) -> dict[str, list[Any]]:
    [data] = re.findall(r'<script id="chart-data" type="application/json">(.*?)</script>', page)
    return dict(json.loads(data))


def price_of_m(cast: Cast) -> None:
    price = {"prompt": 10, "cached": 1, "completion": 100}
    ModelPrice.objects.create(project=cast.project, model=cast.run.model, **price)


def test_the_last_thirty_days_are_shown(cast: Cast) -> None:
    run_at(cast, timezone.now() - timedelta(days=29))
    page = page_of(cast)
    chart = chart_of(page)
    assert len(chart["days"]) == 30
    assert chart["days"][-1] == int(
        datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    )
    assert (chart["runs"][0], chart["runs"][-1], sum(chart["runs"])) == (1, 1, 2)
    assert (chart["prompt"][0], chart["median"][0], chart["median"][1]) == (100, 2.0, None)


def test_a_range_of_the_url_is_shown_with_names(cast: Cast) -> None:
    run_at(cast, NOON, 8.0)
    page = page_of(cast, **{"from": "2026-02-28", "until": "2026-03-01"})
    assert chart_of(page)["runs"] == [0, 1]
    for told in (">2026-03-01<", ">Secret<", ">m<", "8.00 / 8.00", "0.50 / 0.50"):
        assert told in page


def test_keys_are_told_by_their_names_also_revoked_ones(cast: Cast) -> None:
    [key] = cast.project.api_keys.all()
    run_at(cast, NOON, api_key_id=key.id)
    run_at(cast, NOON)
    revoke_api_key(project=cast.project, key_id=key.id)
    page = page_of(cast, **{"from": "2026-03-01", "until": "2026-03-01"})
    assert f">{escape(str(key))}<" in page
    assert ">No key (playground)<" in page


def test_days_without_runs_say_so(cast: Cast) -> None:
    page = page_of(cast, **{"from": "2020-01-01", "until": "2020-01-31"})
    assert "No runs in this period" in page
    assert "chart-data" not in page


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "soon"}, "from"),
        ({"until": "2026-02-30"}, "until"),
        ({"from": "2026-03-02", "until": "2026-03-01"}, "from"),
        ({"from": "0001-01-01", "until": "9999-12-31"}, "from"),
    ],
)
def test_days_that_cannot_be_meant_are_marked(
    cast: Cast, query: dict[str, str], field: str
) -> None:
    assert f'id="e-{field}"' in page_of(cast, **query)


def test_days_are_those_of_the_projects_zone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.project.time_zone = "Asia/Tokyo"
    cast.project.save()
    evening = datetime(2026, 5, 28, 23, 8, tzinfo=UTC)
    for at in (evening, evening - timedelta(hours=9)):
        run_at(cast, at)
    price_of_m(cast)
    monkeypatch.setattr(timezone, "now", lambda: evening)
    page = page_of(cast)
    assert chart_of(page)["runs"][-2:] == [1, 1]
    assert chart_of(page)["days"][-1] == int(datetime(2026, 5, 29, tzinfo=UTC).timestamp())
    assert 'value="2026-05-29"' in page
    assert ">2026-05-29<" in page
    assert page.count("Days in Asia/Tokyo") == 1


def test_without_a_zone_days_are_those_of_utc(cast: Cast) -> None:
    assert "Days in UTC" in page_of(cast)


MARCH = {"from": "2026-03-01", "until": "2026-03-01"}


def usage_csv(cast: Cast, **query: str) -> list[dict[str, str]]:
    answer: Any = signed_in(cast.bob).get(
        f"{reverse('usage_csv', args=[cast.project.id])}?{urlencode(query)}"
    )
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"

    async def read() -> bytes:
        return b"".join([chunk async for chunk in answer.streaming_content])

    content = async_to_sync(read)().decode()
    return list(csv.DictReader(StringIO(content)))


def test_a_cost_chart_needs_a_price(cast: Cast) -> None:
    run_at(cast, NOON)
    page = page_of(cast, **MARCH)
    assert 'data-plot="cost"' not in page
    assert page.count("no price") == 6  # the tile and a line of each table
    assert "No price is set for 1 model, so its cost is missing." in " ".join(page.split())
    price_of_m(cast)
    settle_all()
    page = page_of(cast, **MARCH)
    assert 'data-plot="cost"' in page
    assert "A run keeps the cost that it had when it ended." in page
    assert "no price" not in page
    run_at(cast, NOON, model="other")
    run_at(cast, NOON, model="third")
    page = " ".join(page_of(cast, **MARCH).split())
    assert "No price is set for 2 models, so their cost is missing." in page


def test_filters_narrow_every_number(cast: Cast) -> None:
    [key] = cast.project.api_keys.all()
    run_at(cast, NOON)
    run_at(cast, NOON, model="gpt-4o", api_key_id=key.id)
    run_at(cast, NOON, model="gpt-4o", status="failed", last_error={"message": "It <broke>."})
    for query, runs in (
        ({}, 3),
        ({"model": "gpt-4o"}, 2),
        ({"key": key.id}, 1),
        ({"key": "playground", "model": "gpt-4o"}, 1),
        ({"assistant": cast.assistant.id}, 3),
        ({"assistant": "asst_none"}, 0),
        ({"model": "a\0b"}, 0),
    ):
        page = page_of(cast, **MARCH, **query)
        if runs:
            assert chart_of(page)["runs"] == [runs]
        else:
            assert "No runs match the filter" in page
        assert sum(int(row["runs"]) for row in usage_csv(cast, **MARCH, **query)) == runs
    page = page_of(cast, **MARCH, model="gpt-4o")
    assert '<option value="gpt-4o" selected>' in page
    assert f'<option value="{cast.run.model}"' in page  # another choice is a click away


def test_errors_lead_to_their_runs(cast: Cast) -> None:
    failed = run_at(cast, NOON, status="failed", last_error={"message": "It <broke>."})
    expired = run_at(cast, NOON, status="expired", model="gpt-4o")
    fine = run_at(cast, NOON)
    page = page_of(cast, **MARCH)
    assert "runs-h" not in page
    links = [unescape(link) for link in re.findall(r'class="badge err" href="([^"]*)"', page)]
    assert len(links) == 6  # a day, an assistant, two models, a key, an origin
    client = signed_in(cast.bob)
    for link in links:
        shown = client.get(reverse("usage", args=[cast.project.id]) + link).content.decode()
        assert reverse("run_trace", args=[cast.project.id, fine.id]) not in shown
        wanted = {
            "model=gpt-4o": [expired],
            f"model={cast.run.model}": [failed],
        }.get(next((part for part in link.split("&") if part.startswith("model=")), ""))
        for run in wanted or [failed, expired]:
            assert reverse("run_trace", args=[cast.project.id, run.id]) in shown
    assert "It &lt;broke&gt;." in page_of(cast, **MARCH, errors="1")


def test_the_csv_adds_up_and_has_no_formulas(cast: Cast) -> None:
    Assistant.objects.filter(pk=cast.assistant.pk).update(name="=1+2")
    price_of_m(cast)
    run_at(cast, NOON)
    run_at(cast, NOON)
    run_at(cast, NOON, model="=cmd", usage={"prompt_tokens": 7, "estimated": 1})
    rows = usage_csv(cast, **MARCH)
    assert [(row["model"], row["runs"], row["prompt_tokens"]) for row in rows] == [
        ("'=cmd", "1", "7"),
        (cast.run.model, "2", "200"),
    ]
    assert {row["assistant"] for row in rows} == {"'=1+2"}
    assert [row["estimated"] for row in rows] == ["yes", "no"]
    assert rows[0]["cost_dollars"] == ""
    assert Decimal(rows[1]["cost_dollars"]) == Decimal("0.00328")
    assert usage_csv(cast, **{"from": "2025-01-01", "until": "2025-01-02"}) == []


def test_a_table_ends_after_the_most_tokens(cast: Cast) -> None:
    for number in range(52):
        row = Assistant.objects.create(project=cast.project, model="m", name=f"Bot {number:02}")
        usage = {"prompt_tokens": 100 + number, "completion_tokens": 1}
        run_at(cast, timezone.now(), assistant_id=row.id, usage=usage)
    page = page_of(cast)
    table = page.partition('id="by-assistant"')[2].partition("</section>")[0]
    assert [name in table for name in ("Bot 51", "Bot 02", "Bot 01")] == [True, True, False]
    assert "The CSV file has 3 more." in table  # the cast's own assistant, too


def test_days_are_written_as_on_the_other_pages(cast: Cast) -> None:
    run_at(cast, NOON)
    page = page_of(cast, **{"from": "2026-03-01", "until": "2026-03-01"})
    assert '<time datetime="2026-03-01" data-moment="day"' in page


def test_deleted_assistants_have_their_last_name_and_equal_names_are_told_apart(
    cast: Cast,
) -> None:
    gone, *twins = (
        Assistant.objects.create(project=cast.project, model="m", name=name)
        for name in ("Drafter", "Twin", "Twin")
    )
    for number, name in enumerate(("First name", "Drafter"), 1):
        AssistantVersion.objects.create(
            project=cast.project,
            assistant_id=gone.id,
            number=number,
            configuration={"name": name},
            source="api",
        )
    for item in (gone, *twins):
        run_at(cast, NOON, assistant_id=item.id, version_number=2)
    unknown = run_at(cast, NOON, assistant_id="asst_before_versions").assistant_id
    delete_assistant(project=cast.project, assistant_id=gone.id)
    page = page_of(cast, **MARCH)
    assert page.count(">Drafter (deleted)<") == 2  # the choice and the line
    assert f">{unknown} (deleted)<" in page
    for twin in twins:
        assert f">Twin · …{twin.id[-6:]}<" in page
    assert "Drafter (deleted)" in {row["assistant"] for row in usage_csv(cast, **MARCH)}


def test_costs_say_what_their_signs_mean_and_tiny_ones_are_not_zero(cast: Cast) -> None:
    price_of_m(cast)
    run_at(cast, NOON, usage={"prompt_tokens": 1, "cached_tokens": 1})
    assert "&lt; $0.0001" in page_of(cast, **MARCH)
    run_at(cast, NOON, usage={"prompt_tokens": 100, "estimated": 1})
    page = page_of(cast, **MARCH)
    assert "Estimated: an endpoint" in page
    assert "≈ $0.0010" in page
    run_at(cast, NOON, model="free")
    page = page_of(cast, **MARCH)
    assert "At least: a model has no price" in page
    assert "≥ marks a cost without the models that have no price." in page


def test_a_cost_in_the_csv_has_no_trailing_zeros(cast: Cast) -> None:
    ModelPrice.objects.create(
        project=cast.project, model=cast.run.model, prompt="2.500000", cached=0, completion=0
    )
    run_at(cast, NOON, usage={"prompt_tokens": 4000})
    assert [row["cost_dollars"] for row in usage_csv(cast, **MARCH)] == ["0.01"]


def test_requests_that_were_passed_on_are_shown(cast: Cast) -> None:
    cast.run.delete()
    call_at(cast, NOON)
    page = page_of(cast, **MARCH)
    assert "Direct requests" in page
    assert "1,000" in page
    [row] = usage_csv(cast, **MARCH)
    assert (row["runs"], row["direct_requests"], row["prompt_tokens"]) == ("0", "1", "1000")
    assert row["assistant"] == ""
    call_at(cast, NOON + timedelta(days=400))
    run_at(cast, NOON + timedelta(days=2))
    only_runs = page_of(cast, **{"from": "2026-03-03", "until": "2026-03-03"})
    assert "Direct requests" not in only_runs


def table_of(page: str, name: str) -> str:
    return page.partition(f'id="by-{name}"')[2].partition("</section>")[0]


def test_origins_have_a_table_and_a_filter(cast: Cast) -> None:
    run_at(cast, NOON, origin="experiment")
    run_at(cast, NOON, origin="page")
    call_at(cast, NOON, origin="judge")
    table = table_of(page_of(cast, **MARCH), "origin")
    assert [word in table for word in ("Experiment", "Page", "Judge", "API")] == [
        *(True, True, True, False)
    ]
    [link] = re.findall(r'href="([^"]*origin=experiment)"', table)
    page = signed_in(cast.bob).get(reverse("usage", args=[cast.project.id]) + unescape(link))
    assert chart_of(page.content.decode())["runs"] == [1]
    rows = {row["origin"]: row for row in usage_csv(cast, **MARCH)}
    assert {name: (row["runs"], row["direct_requests"]) for name, row in rows.items()} == {
        "experiment": ("1", "0"),
        "judge": ("0", "1"),
        "page": ("1", "0"),
    }
    assert len(usage_csv(cast, **MARCH, origin="judge")) == 1
    assert "No runs match the filter" in page_of(cast, **MARCH, origin="odd")


def test_people_have_a_table_and_a_filter(cast: Cast) -> None:
    run_at(cast, NOON, person_id=cast.alice.pk)
    run_at(cast, NOON, person_id=cast.alice.pk, api_key_id="key_1")
    # Not a shared table of one line.
    assert 'id="by-person"' not in page_of(cast, **MARCH)
    run_at(cast, NOON, person_id=cast.bob.pk)
    run_at(cast, NOON)
    gone = cast.charlie.pk
    cast.charlie.delete()
    run_at(cast, NOON, person_id=gone)
    page = page_of(cast, **MARCH)
    table = table_of(page, "person")
    for name in ("alice", "bob", "No person", "Deleted account"):
        assert name in table
    for asked, runs in (
        (str(cast.alice.pk), 2),
        (str(gone), 1),
        ("none", 1),
        # What can't be meant isn't a filter.
        ("alice", 5),
        ("9" * 30, 5),
    ):
        page = page_of(cast, **MARCH, person=asked)
        assert chart_of(page)["runs"] == [runs]
        assert sum(int(row["runs"]) for row in usage_csv(cast, **MARCH, person=asked)) == runs
    people = {row["person"]: row["runs"] for row in usage_csv(cast, **MARCH)}
    assert people == {"alice": "1", "bob": "1", "No person": "1", "Deleted account": "1"}


def test_viewers_do_not_see_what_single_people_use(cast: Cast) -> None:
    run_at(cast, NOON, person_id=cast.alice.pk)
    run_at(cast, NOON, person_id=cast.bob.pk)
    vera = signed_in(cast.vera)
    for asked in ("", str(cast.alice.pk)):
        query = urlencode({**MARCH, "person": asked})
        for name in ("usage", "runs"):
            answer = vera.get(f"{reverse(name, args=[cast.project.id])}?{query}")
            page = answer.content.decode()
            assert "alice" not in page
            assert 'id="by-person"' not in page
            assert page.count('name="person"') == 1
        page = vera.get(f"{reverse('usage', args=[cast.project.id])}?{query}").content.decode()
        assert chart_of(page)["runs"] == [2]
