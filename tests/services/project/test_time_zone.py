"""The time zone of a project: set once by a browser, changed by people, empty in older data."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.services.project.projects import set_time_zone
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def zone_of(project: Project) -> str:
    return Project.objects.get(pk=project.pk).time_zone


def test_only_the_first_browser_sets_it(cast: Cast) -> None:
    for name in ("Europe/Berlin", "Asia/Tokyo"):
        set_time_zone(project=cast.project, name=name, only_if_unset=True)
    assert zone_of(cast.project) == "Europe/Berlin"
    assert zone_of(cast.other_project) == ""
    set_time_zone(project=cast.project, name="Asia/Tokyo")
    assert zone_of(cast.project) == "Asia/Tokyo"


def test_of_browsers_at_the_same_time_one_wins(cast: Cast) -> None:
    names = ["Europe/Berlin", "Asia/Tokyo", "America/Lima", "Africa/Cairo"]

    def visit(name: str) -> str:
        try:
            set_time_zone(project=cast.project, name=name, only_if_unset=True)
            return zone_of(cast.project)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(names)) as browsers:
        [seen] = set(browsers.map(visit, names))
    assert seen in names
    assert zone_of(cast.project) == seen


@pytest.mark.parametrize("name", ["", "Berlin", "localtime", "../UTC", "UTC\0", "x" * 100])
def test_an_unknown_zone_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        set_time_zone(project=cast.project, name=name)
    assert refused.value.param == "time_zone"
    assert zone_of(cast.project) == ""


def test_today_is_the_projects(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 28, 23, 8, tzinfo=UTC))
    days = {}
    for name in ("", "Asia/Tokyo", "America/St_Johns"):
        cast.project.time_zone = name
        days[name] = cast.project.today()
    assert days == {
        "": date(2026, 11, 28),
        "Asia/Tokyo": date(2026, 11, 29),
        "America/St_Johns": date(2026, 11, 28),
    }


def test_projects_of_older_data_have_none(cast: Cast) -> None:
    try:
        MigrationExecutor(connection).migrate([("assistants", "0016_shown_to_model")])
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO project (id, name, created_at) VALUES ('proj_old', 'Old', now())"
            )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert Project.objects.get(pk="proj_old").zone.key == "UTC"
    assert zone_of(cast.project) == ""
