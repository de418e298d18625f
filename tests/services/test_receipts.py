"""Claims of receipts that go along with the first statement of their act."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from assistants_app.models import Project, Receipt
from assistants_app.services import receipts
from assistants_app.services.receipts import Attempt, Settled
from tests.cast import Cast


@pytest.fixture(autouse=True)
def none_waits() -> None:
    receipts.drop_claim()


def attempt_of(cast: Cast, *, retried: bool = False) -> Attempt:
    return Attempt(cast.project.id, None, "d", retried=retried)


def test_a_claim_is_there_before_the_first_statement(cast: Cast) -> None:
    attempt = attempt_of(cast)
    receipts.claim_with_act(attempt)
    assert Receipt.objects.filter(pk=attempt.receipt, digest="d", kind="").exists()
    retry = attempt_of(cast, retried=True)
    assert receipts.claim(retry) is None
    assert receipts.are_others_busy(retry, digests=["d"])


def test_the_claim_of_a_request_that_did_nothing_is_dropped(cast: Cast) -> None:
    attempt = attempt_of(cast)
    receipts.claim_with_act(attempt)
    receipts.drop_claim()
    assert not Receipt.objects.filter(digest="d").exists()


def test_a_claim_can_be_sent_before_something_else_waits(cast: Cast) -> None:
    attempt = attempt_of(cast)
    receipts.claim_with_act(attempt)
    receipts.send_claim()
    receipts.drop_claim()
    assert Receipt.objects.filter(pk=attempt.receipt, digest="d").exists()


def test_retries_have_larger_ids_than_what_was_claimed_before(cast: Cast) -> None:
    for _ in range(receipts.IDS_AT_ONCE + 1):
        attempt, retry = attempt_of(cast), attempt_of(cast, retried=True)
        receipts.claim_with_act(attempt)
        receipts.claim(retry)
        assert attempt.receipt < retry.receipt
    assert Receipt.objects.filter(digest="d").count() == 2 * (receipts.IDS_AT_ONCE + 1)


def test_a_claim_goes_before_the_statements_of_the_orm(cast: Cast) -> None:
    receipts.claim_with_act(attempt_of(cast))
    assert Project.objects.filter(pk=cast.project.pk).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM receipt WHERE digest = 'd'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_what_requests_reached_is_written_down_together(cast: Cast) -> None:
    names = ("held", "begun", "passing", "made", "refused", "keyless", "keyed", "released")
    rows = {
        name: Receipt.objects.create(
            project=cast.project,
            digest=name,
            key=name if name in ("keyed", "released") else None,
            kind="" if name in ("refused", "released") else "thread",
            held_until=timezone.now(),
        )
        for name in names
    }
    ids = {name: row.pk for name, row in rows.items()}
    receipts.settle(
        Settled(
            held=[ids["held"]],
            begun=[ids["begun"], ids["passing"]],
            broken=[ids["made"], ids["refused"]],
            over=[ids["keyless"], ids["passing"], ids["keyed"], ids["released"]],
            answers={ids["keyed"]: "the answer"},
        )
    )
    left = {row.digest: row for row in Receipt.objects.all()}
    assert sorted(left) == ["begun", "held", "keyed", "made"]
    now = timezone.now()
    assert (left["held"].held_until or now) > now + timedelta(seconds=3)
    assert left["begun"].held_until is None
    assert (rows["made"].held_until or now) < (left["made"].held_until or now) < now
    assert left["keyed"].answer == "the answer"
