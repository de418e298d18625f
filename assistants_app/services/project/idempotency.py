"""Carry out a repeated request only once: claim its key, then store its answer.

The SDK sends a key with every POST.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.models import IdempotencyKey, Project

BATCH = 5000  # keys that are deleted at once
# A claim without an answer expires, because its process may have ended.
CLAIM_SECONDS = 10.0
# These transactions don't wait for the disk, which would slow down every POST. A claim reaches it
# with the service's own commit, which comes between claim and answer.
_WITHOUT_WAITING = "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))"


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """A request that has used the key before. `answer` is empty while it is still carried out."""

    digest: str
    answer: str
    age: float  # seconds


def claim_key(*, project: Project, key: str, digest: str) -> EarlierRequest | None:
    """Claim the key for a request, or return the earlier request that has claimed it.

    A claim without an answer expires after `CLAIM_SECONDS`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_WITHOUT_WAITING} INSERT INTO idempotency_key AS known"
            " (project_id, key, digest, answer) SELECT %s, %s, %s, '' FROM quick"
            " ON CONFLICT (project_id, key) DO UPDATE"
            " SET digest = excluded.digest, answer = '', claimed_at = statement_timestamp()"
            " WHERE known.claimed_at < statement_timestamp() - make_interval(secs =>"
            " CASE WHEN known.answer = '' THEN %s ELSE %s END) RETURNING 1",
            [
                project.id,
                key,
                digest,
                CLAIM_SECONDS,
                conf.IDEMPOTENCY_SECONDS,
            ],
        )
        if cursor.rowcount:
            return None
        cursor.execute(
            "SELECT digest, answer, extract(epoch FROM statement_timestamp() - claimed_at)::float8"
            " FROM idempotency_key WHERE project_id = %s AND key = %s",
            [project.id, key],
        )
        row = cursor.fetchone()
    # Between the two statements, the earlier request may have failed and released its key.
    return EarlierRequest(*row) if row else EarlierRequest(digest, "", 0.0)


def store_answer(*, project: Project, key: str, answer: str) -> None:
    """Store the answer of a request that was carried out, for when it is repeated."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_WITHOUT_WAITING} UPDATE idempotency_key SET answer = %s FROM quick"
            " WHERE project_id = %s AND key = %s",
            [answer, project.id, key],
        )


def release_key(*, project: Project, key: str) -> None:
    """Release the key of a refused request, which may be corrected and sent again with it."""
    IdempotencyKey.objects.filter(project=project, key=key).delete()


def forget_old_keys() -> int:
    """Delete a batch of keys that have expired. Return their number."""
    old = IdempotencyKey.objects.filter(
        claimed_at__lt=Now() - timedelta(seconds=conf.IDEMPOTENCY_SECONDS)
    )
    ids = list(old.values_list("pk", flat=True)[:BATCH])
    deleted, _ = IdempotencyKey.objects.filter(pk__in=ids).delete()
    return deleted
