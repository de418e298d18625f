"""Owners set limits, and nobody else's requests look for them."""

from decimal import Decimal
from typing import Any

import pytest

from assistants_app.domain.errors import ApiError, Forbidden, InvalidRequest, NotFound
from assistants_app.domain.money.limits import Limits
from assistants_app.models import Project, UsageLimit
from assistants_app.queries.people.limits import read_limits
from assistants_app.services.acting import acting, actor_of_member
from assistants_app.services.money.checks import require_means
from assistants_app.services.money.limits import set_limits
from tests.cast import Cast


def has_limits(cast: Cast) -> bool:
    return bool(Project.objects.get(pk=cast.project.pk).has_limits)


def test_limits_are_set_changed_and_taken_away(cast: Cast) -> None:
    [key] = cast.project.api_keys.all()
    set_limits(project=cast.project, typed={"dollars_per_day": "$1,000.50"})
    set_limits(project=cast.project, typed={"runs_at_once": "3"}, key_id=key.id)
    set_limits(project=cast.project, typed={"tokens_per_day": "5"}, person_id=cast.bob.pk)
    found = read_limits(cast.project.id)
    assert found.of("project") == Limits(dollars_per_day=Decimal("1000.50"))
    assert found.of(f"key:{key.id}") == Limits(runs_at_once=3)
    assert found.of(f"person:{cast.bob.pk}") == Limits(tokens_per_day=5)
    assert found.of("person:0").are_none
    set_limits(project=cast.project, typed={"dollars_per_month": "0"})
    assert read_limits(cast.project.id).of("project") == Limits(dollars_per_month=Decimal(0))
    each: list[dict[str, Any]] = [{}, {"key_id": key.id}, {"person_id": cast.bob.pk}]
    for whose in each:
        assert has_limits(cast)
        set_limits(project=cast.project, typed={}, **whose)
    assert not has_limits(cast)
    assert not UsageLimit.objects.exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            ("tokens_per_day", text)
            for text in ("0", "-1", "1.5", "many", "٣", "9" * 16, "1,5", "7e2")
        ),
        *(("dollars_per_day", text) for text in ("-1", "NaN", "1e99", "0.001", "ten", "7,50")),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(cast: Cast, name: str, text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        set_limits(project=cast.project, typed={name: text})
    assert refused.value.param == name
    assert not has_limits(cast)


@pytest.mark.parametrize("whose", ["stranger", "strangers key"])
def test_limits_are_of_members_and_keys_of_the_project(cast: Cast, whose: str) -> None:
    [key] = cast.other_project.api_keys.all()
    given: dict[str, dict[str, Any]] = {
        "stranger": {"person_id": cast.charlie.pk},
        "strangers key": {"key_id": key.id},
    }
    with pytest.raises(NotFound):
        set_limits(project=cast.project, typed={"runs_at_once": "1"}, **given[whose])


def test_only_owners_set_limits(cast: Cast) -> None:
    viewer = cast.project.memberships.get(user=cast.vera)
    with acting(actor_of_member(viewer)), pytest.raises(Forbidden):
        set_limits(project=cast.project, typed={})


def test_a_project_without_limits_asks_nobody(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        require_means(cast.project)


def test_a_limit_of_zero_dollars_lets_nothing_begin(cast: Cast) -> None:
    set_limits(project=cast.project, typed={"dollars_per_month": "0"})
    cast.project.refresh_from_db()
    with pytest.raises(ApiError, match=r"\$0.00 a month") as refused:
        require_means(cast.project)
    assert refused.value.code == "insufficient_quota"
    # Waiting wouldn't help.
    assert "starts again" not in refused.value.message
