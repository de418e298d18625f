"""The runs page: its order, filters, cost, and its CSV file."""

import csv
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.urls import reverse
from django.utils import timezone

from assistants_app.models import ModelPrice, Run, RunStep
from tests.cast import Cast
from tests.queries.project.usage_rows import NOON, run_at
from tests.web.pages import project_url, shown, signed_in, squeezed

MARCH = {"from": "2026-03-01", "until": "2026-03-01"}


@pytest.fixture
def priced(cast: Cast) -> dict[str, Run]:
    """Runs that differ in cost, tokens and time. "Free" has no price."""
    prices = {"prompt": 10, "cached": 1, "completion": 100}
    ModelPrice.objects.create(project=cast.project, model="dear", **prices)
    ModelPrice.objects.create(project=cast.project, model="cheap", prompt=1, cached=1, completion=1)
    hour = timedelta(hours=1)
    return {
        "cheap": run_at(cast, NOON, 1, model="cheap", usage={"prompt_tokens": 2000}),
        "dear": run_at(cast, NOON + hour, 9, model="dear", usage={"completion_tokens": 50}),
        "free": run_at(cast, NOON - hour, 5, model="free", usage={"prompt_tokens": 700}),
        "failed": run_at(
            cast, NOON - 2 * hour, model="dear", status="failed", usage={}, completed_at=None
        ),
    }


def order_of(page: str, runs: dict[str, Run]) -> list[str]:
    names = {run.id: name for name, run in runs.items()}
    return [names[key] for key in re.findall(r'scope="row"> <a href="[^"]*/runs/(run_\w+)/', page)]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "dear cheap free failed"),
        ("created", "failed free cheap dear"),
        ("-cost", "dear cheap free failed"),
        ("-tokens", "cheap free dear failed"),
        ("tokens", "failed dear free cheap"),
        ("-time", "dear free cheap failed"),
        ("instructions", "dear cheap free failed"),
    ],
)
def test_runs_are_sorted(cast: Cast, priced: dict[str, Run], sort: str, order: str) -> None:
    page = re.sub(r"\s+", " ", shown(cast, "runs", **MARCH, sort=sort))
    found = order_of(page, priced)
    if sort == "-cost":  # neither of the last two has a cost
        found[2:] = sorted(found[2:], reverse=True)
    assert found == order.split()


def test_a_run_has_its_cost_tokens_and_time(cast: Cast, priced: dict[str, Run]) -> None:
    RunStep.objects.create(
        run=priced["dear"],
        thread_id=priced["dear"].thread_id,
        assistant_id=priced["dear"].assistant_id,
        type="tool_calls",
        waits_since=NOON,
        completed_at=NOON + timedelta(seconds=3),
    )
    page = squeezed(shown(cast, "runs", **MARCH))
    assert ">4 runs ·" in page.replace("> 4", ">4")
    for told in ("$0.0050", "$0.0020", "no price", ">6.00<", ">5.00<", ">Secret<"):
        assert told in page.replace("> ", ">").replace(" <", "<")


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ({"model": "dear"}, "dear failed"),
        ({"status": "failed"}, "failed"),
        ({"status": "wrong"}, "failed"),
        ({"status": "none such"}, "dear cheap free failed"),
        ({"model": "dear", "status": "completed"}, "dear"),
        ({"assistant": "asst_none"}, ""),
        ({"model": "a\0b"}, ""),
        ({"key": "playground"}, "dear cheap free failed"),
        ({"origin": "api"}, "dear cheap free failed"),
        ({"origin": "experiment"}, ""),
        ({"person": "none"}, "dear cheap free failed"),
        ({"person": "1"}, ""),
        ({"from": "2026-03-02", "until": "2026-03-03"}, ""),
        ({"page": "2"}, ""),
        ({"page": "-1"}, "dear cheap free failed"),
    ],
)
def test_runs_are_filtered_here_and_in_the_csv(
    cast: Cast, priced: dict[str, Run], query: dict[str, str], order: str
) -> None:
    asked = {**MARCH, **query}
    page = re.sub(r"\s+", " ", shown(cast, "runs", **asked))
    assert order_of(page, priced) == order.split()
    if "page" not in query:
        assert [row["run_id"] for row in runs_csv(cast, **asked)] == sorted(
            (priced[name].id for name in order.split()), reverse=True
        )


def runs_csv(cast: Cast, **query: str) -> list[dict[str, str]]:
    answer: Any = signed_in(cast.bob).get(project_url(cast, "runs_csv"), query)
    assert answer.status_code == 200

    async def read() -> bytes:
        return b"".join([chunk async for chunk in answer.streaming_content])

    return list(csv.DictReader(StringIO(async_to_sync(read)().decode())))


def test_the_csv_has_plain_numbers(cast: Cast, priced: dict[str, Run]) -> None:
    rows = {row["run_id"]: row for row in runs_csv(cast, **MARCH)}
    costs = {name: rows[run.id]["cost_dollars"] for name, run in priced.items()}
    assert costs == {"dear": "0.005", "cheap": "0.002", "free": "", "failed": "0"}
    assert rows[priced["dear"].id]["run_seconds"] == "9.000"
    assert rows[priced["failed"].id]["run_seconds"] == ""


def test_usage_leads_to_its_runs_and_back(cast: Cast) -> None:
    run_at(cast, timezone.now())
    page = shown(cast, "usage", model="m")
    [link] = re.findall(rf'"({reverse("runs", args=[cast.project.id])}\?[^"]*)"\s+title', page)
    assert "model=m" in link
    assert (
        "model=m" in re.findall(r'id="to-usage" href="([^"]*)"', shown(cast, "runs", model="m"))[0]
    )


def test_strangers_see_no_runs(cast: Cast) -> None:
    for name in ("runs", "runs_csv"):
        assert signed_in(cast.charlie).get(project_url(cast, name)).status_code == 404
