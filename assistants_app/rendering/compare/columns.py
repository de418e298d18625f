"""Columns as a page shows them: names, states and figures."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.domain import run_status
from assistants_app.domain.configurations.frozen import RUN_FIELDS
from assistants_app.domain.words.written import written_text
from assistants_app.models import ComparisonColumn
from assistants_app.models.compare.snapshots import LaneState, SeenColumn, SeenComparison
from assistants_app.rendering.compare.figures import ColumnFigures, figures_of_column
from assistants_app.rendering.components.badges import Badge, run_badge
from assistants_app.rendering.runs.outcome import RunEnd, run_end

# Settings whose values fit into a head. Of others, it only says that they differ.
_SHORT = (
    *("temperature", "top_p", "reasoning_effort", "max_prompt_tokens", "max_completion_tokens"),
    *("tool_choice", "parallel_tool_calls"),
)

NO_ROWS: Mapping[str, "LaneRows"] = {}


@dataclass(frozen=True, slots=True)
class LaneRows:
    """The rows of a lane, and the position in its thread's log that they show."""

    html: SafeString
    seq: str


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane: its run's status, unless it has completed, and how the run ended if it failed.

    `rows`: what a page shows of its thread at first. `taped`: the ID of its run if a tape answered
    that, unless it is hidden, and `repeats` the recorded run in the same place.
    """

    key: str
    number: int
    exists: bool
    active: bool
    badge: Badge | None
    end: RunEnd | None
    rows: LaneRows | None = None
    taped: str = ""
    repeats: str = ""


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column.

    `name` and everything below it are "" or empty while they are hidden. `apart`: settings that
    differ from those of other columns. `deleted`: whether its assistant was. `figures`: None while
    they are hidden, too, because a cost is as good as a name.
    """

    letter: str
    key: str
    lanes: Sequence[LaneView]
    name: str = ""
    origin: str = ""
    model: str = ""
    apart: Sequence[str] = ()
    recorded: bool = False
    assistant_id: str = ""
    deleted: bool = False
    thread_id: str = ""
    figures: ColumnFigures | None = None


def column_views(
    seen: SeenComparison,
    states: Sequence[LaneState],
    authors: Mapping[int, str],
    living: Collection[str],
    rows: Mapping[str, LaneRows] = NO_ROWS,
) -> list[ColumnView]:
    """Return the columns in their order. `authors`: names of the people whose drafts they are.
    `living`: IDs of the assistants that exist. `rows`: by lane.
    """
    by_lane = {state.lane.key: state for state in states}
    apart = settings_apart([one.column for one in seen.columns])
    views = []
    for one in seen.columns:
        own = [by_lane[lane.key] for lane in one.lanes]
        lanes = [_lane_view(state, rows.get(state.lane.key), masked=seen.masked) for state in own]
        if seen.masked:
            views.append(ColumnView(one.letter, one.column.key, lanes))
        else:
            view = _open_view(one, own, lanes, apart, authors)
            gone = bool(view.assistant_id) and view.assistant_id not in living
            views.append(replace(view, deleted=gone))
    return views


def _open_view(
    one: SeenColumn,
    states: Sequence[LaneState],
    lanes: Sequence[LaneView],
    apart: Sequence[str],
    authors: Mapping[int, str],
) -> ColumnView:
    column = one.column
    return ColumnView(
        letter=one.letter,
        key=column.key,
        lanes=lanes,
        name=column.name or _("Model alone"),
        origin=_origin_of(column, authors),
        model=column.model,
        apart=[_setting(column, name) for name in apart],
        recorded=column.recorded,
        assistant_id=column.configuration["assistant_id"],
        thread_id=one.lanes[0].thread_id if one.lanes else "",
        figures=figures_of_column(states),
    )


def _lane_view(state: LaneState, rows: LaneRows | None, *, masked: bool) -> LaneView:
    run = state.run
    end = run_end(run) if run else None
    if end and masked:
        # The reason of a failure often names the model.
        end = RunEnd(end.title, end.tone)
    active = run is not None and run.status in run_status.ACTIVE
    completed = run is None or run.status == run_status.COMPLETED
    return LaneView(
        key=state.lane.key,
        number=state.lane.number,
        exists=state.exists,
        active=active and state.exists,
        badge=None if run is None or completed else run_badge(run.status),
        end=end,
        rows=rows,
        taped=run.id if run and _is_replay(state) and not masked else "",
        repeats=state.repeats,
    )


def _is_replay(state: LaneState) -> bool:
    run = state.run
    return run is not None and run.tape_policy is not None and state.repeats not in ("", run.id)


def _origin_of(column: ComparisonColumn, authors: Mapping[int, str]) -> str:
    """Return which version or draft the column is, or "" for a model alone."""
    frozen = column.configuration
    if frozen["used_draft"]:
        author = authors.get(frozen["draft_author_id"] or 0, "")
        return _("draft of %(name)s") % {"name": author} if author else _("draft")
    return f"v{frozen['version_number']}" if frozen["version_number"] else ""


def settings_apart(columns: Sequence[ComparisonColumn]) -> list[str]:
    """Return the names of the settings that not all columns have in common, without the model."""
    values = [column.configuration["values"] for column in columns]
    return [
        name
        for name in RUN_FIELDS
        if name != "model" and any(one[name] != values[0][name] for one in values)
    ]


def _setting(column: ComparisonColumn, name: str) -> str:
    value: Any = column.configuration["values"][name]
    if name in _SHORT and not isinstance(value, dict):
        return f"{name}: {_('default') if value is None else value}"
    return name


def authors_of(columns: Sequence[ComparisonColumn]) -> set[int]:
    """Return the IDs of the people whose drafts the columns are."""
    found = (column.configuration["draft_author_id"] for column in columns)
    return {user_id for user_id in found if user_id}


def answer_of(state: LaneState) -> str:
    """Return the text of a lane's last answer."""
    return "\n\n".join(written_text(content) for content in state.written)
