"""The usage page: periods in its URL, charts and tables."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from assistants_app.services.project.projects import revoke_api_key
from tests.cast import Cast
from tests.queries.project.usage_rows import NOON, run_at
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
    monkeypatch.setattr(timezone, "now", lambda: evening)
    page = page_of(cast)
    assert chart_of(page)["runs"][-2:] == [1, 1]
    assert chart_of(page)["days"][-1] == int(datetime(2026, 5, 29, tzinfo=UTC).timestamp())
    assert 'value="2026-05-29"' in page
    assert ">2026-05-29<" in page
    assert page.count("Days in Asia/Tokyo") == 5  # at the range and at each chart


def test_without_a_zone_days_are_those_of_utc(cast: Cast) -> None:
    assert "Days in UTC" in page_of(cast)
