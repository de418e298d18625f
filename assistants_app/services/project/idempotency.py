"""A request that comes twice is carried out once: claim its key, keep its answer.

The SDK sends a key with every POST. Each of these statements is a transaction of its own that does
not wait for the disk: the service's own commit, which does, comes in between and takes the claim
with it.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.models import IdempotencyKey, Project

BATCH = 5000
CLAIM_SECONDS = 10.0
_WITHOUT_WAITING = "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))"


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """The request that used the key before; `answer` is empty while it is still on its way."""

    digest: str
    answer: str
    age: float  # seconds


def claim_key(*, project: Project, key: str, digest: str) -> EarlierRequest | None:
    """Take the key for a request, or tell who has it.

    A claim without an answer holds for `CLAIM_SECONDS`: its process may be gone.
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
    # Between the two statements the first request may have failed and let go of its key.
    return EarlierRequest(*row) if row else EarlierRequest(digest, "", 0.0)


def store_answer(*, project: Project, key: str, answer: str) -> None:
    """The request was carried out: from now on its answer is given again."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_WITHOUT_WAITING} UPDATE idempotency_key SET answer = %s FROM quick"
            " WHERE project_id = %s AND key = %s",
            [answer, project.id, key],
        )


def release_key(*, project: Project, key: str) -> None:
    """The request was refused: it may be mended and sent again with the same key."""
    IdempotencyKey.objects.filter(project=project, key=key).delete()


def forget_old_keys() -> int:
    """Delete what is too old to be asked for, a batch at a time; how many."""
    old = IdempotencyKey.objects.filter(
        claimed_at__lt=Now() - timedelta(seconds=conf.IDEMPOTENCY_SECONDS)
    )
    ids = list(old.values_list("pk", flat=True)[:BATCH])
    deleted, _ = IdempotencyKey.objects.filter(pk__in=ids).delete()
    return deleted
