"""Reads of limits of use."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from assistants_app.domain.days import zone_named
from assistants_app.domain.money.limits import NO_LIMITS, Limits, subject_of
from assistants_app.models import UsageLimit


@dataclass(frozen=True, slots=True)
class ProjectLimits:
    """The limits of a project, its keys and its people, by subject, and the zone of its days."""

    zone: ZoneInfo
    by_subject: dict[str, Limits]

    def of(self, subject: str) -> Limits:
        """Return the limits of a subject, which may be none."""
        return self.by_subject.get(subject, NO_LIMITS)


NO_PROJECT_LIMITS = ProjectLimits(zone_named(""), {})


def read_limits(project_id: str) -> ProjectLimits:
    """Return all limits of the project, in one query."""
    rows = list(UsageLimit.objects.filter(project_id=project_id).select_related("project"))
    if not rows:
        return NO_PROJECT_LIMITS
    found = {
        subject_of(key_id=row.api_key_id or "", person_id=row.person_id): row.limits for row in rows
    }
    return ProjectLimits(rows[0].project.zone, found)
