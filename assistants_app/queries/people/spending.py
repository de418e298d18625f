"""What was used of a project's money and tokens, by day, key and person."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from assistants_app.domain.money.limits import NO_USE, Caller, Use

# Like the usage page: by the time of the request, compared with midnights of Python.
_TOKENS = """coalesce((usage ->> 'prompt_tokens')::bigint, 0)
    + coalesce((usage ->> 'completion_tokens')::bigint, 0)"""
_OF_DAYS = "project_id = %(project)s AND created_at >= %(since)s AND created_at < %(until)s"
_SUMS = f"""
SELECT width_bucket(created_at, %(midnights)s::timestamptz[]) - 1, api_key_id, person_id,
    coalesce(sum(cost), 0), coalesce(sum(tokens), 0)
FROM (
    SELECT created_at, api_key_id, person_id, cost, {_TOKENS} AS tokens
    FROM run WHERE {_OF_DAYS} AND NOT recorded
    UNION ALL
    SELECT created_at, api_key_id, person_id, cost, {_TOKENS}
    FROM direct_call WHERE {_OF_DAYS}
) used
GROUP BY 1, 2, 3
"""

UseBySubject = dict[str, Use]


def use_of_days(project_id: str, midnights: Sequence[datetime]) -> list[UseBySubject]:
    """Return what was used between each two of these midnights, by subject."""
    days: list[UseBySubject] = [{} for _ in midnights[1:]]
    values: dict[str, Any] = {
        "project": project_id,
        "midnights": list(midnights),
        "since": midnights[0],
        "until": midnights[-1],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, values)
        for day, key_id, person_id, dollars, tokens in cursor.fetchall():
            used = Use(Decimal(dollars), int(tokens))
            for subject in Caller(key_id, person_id).subjects():
                days[day][subject] = days[day].get(subject, NO_USE) + used
    return days
