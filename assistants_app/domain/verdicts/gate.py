"""The publish gate: whether an experiment is good enough to publish a configuration."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistants_app.domain.verdicts.phrases import Phrase, gettext_noop, ngettext
from assistants_app.domain.verdicts.regressions import Row, by_chance, worse_rows
from assistants_app.domain.verdicts.verdict import Verdict
from assistants_app.domain.verdicts.words import describe

# Codes of refusals, for programs.
NO_EXPERIMENT, NOT_FINISHED, TOO_OLD = "no_experiment", "not_finished", "too_old"
OTHER_METRIC = "other_metric"
OTHER_CONFIGURATION, OTHER_BASELINE = "other_configuration", "other_baseline"
OTHER_SET, OTHER_SET_VERSION, SOME_ROWS = "other_set", "other_set_version", "some_rows"
CHECKS_NOT_RUN, NO_VERDICT = "checks_not_run", "no_verdict"
REQUIRED_ROWS, WORSE_ROWS, BELOW_MARGIN = "required_rows", "worse_rows", "below_margin"

# How often chance alone may refuse an unchanged assistant for its worse rows. With the margin's as
# much again (margins.smallest_kept_margin), it passes in 95 of 100 experiments.
ALPHA = 0.025
NAMED = 5  # rows that a refusal names


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an assistant demands of an experiment before it's published.

    `required` rows must pass in all repeats. The interval of the main `metric` may reach down to
    -`margin`. With `no_worse_row`, one worse row is enough to refuse, even if that may be chance.
    """

    test_set: str
    margin: float
    oldest: timedelta
    metric: str = "pass"
    required: frozenset[str] = frozenset()
    no_worse_row: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to publish, and when. `published` is the digest of what it replaces."""

    configuration: str
    published: str
    set_version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an experiment has tested, and its results.

    `baseline` and `configuration` are digests, and `verdict` and `rows` compare the two. The first
    version of an assistant has no baseline: the digest is empty, and there is no verdict. Of the
    set's version, `left_out` rows didn't run. `metric` is the one that the verdict is about.
    `oldest_at` is when the first result was there: one that was extended or run again since is as
    old as that.
    """

    test_set: str
    set_version: int
    configuration: str
    baseline: str
    finished_at: datetime | None
    rows: Sequence[Row]
    verdict: Verdict | None
    checks_not_run: int = 0
    left_out: int = 0
    metric: str = "pass"
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason not to publish, with the rows that it's about."""

    code: str
    why: Phrase
    rows: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.why)


def refusals(policy: Policy, wanted: Wanted, evidence: Evidence | None) -> tuple[Refusal, ...]:
    """Return why the configuration can't be published. Empty if it can."""
    if evidence is None:
        why = gettext_noop(
            "No experiment has tested this configuration. Run one on the gate's test set."
        )
        return (Refusal(NO_EXPERIMENT, why),)
    if evidence.finished_at is None:
        why = gettext_noop("The experiment hasn't finished. Wait for it, or resume it.")
        return (Refusal(NOT_FINISHED, why),)
    # Results of something else say nothing, so that they aren't looked at.
    if foreign := tuple(_foreign(policy, wanted, evidence, evidence.finished_at)):
        return foreign
    return tuple(_failed(policy, evidence))


def _foreign(
    policy: Policy, wanted: Wanted, evidence: Evidence, finished_at: datetime
) -> Iterator[Refusal]:
    if evidence.configuration != wanted.configuration:
        yield Refusal(
            OTHER_CONFIGURATION,
            gettext_noop("The configuration has changed since the experiment. Run it again."),
        )
    if evidence.baseline != wanted.published:
        yield Refusal(
            OTHER_BASELINE,
            gettext_noop(
                "The experiment's baseline isn't the published version. Run it again with the "
                "published version as its baseline."
            ),
        )
    if evidence.test_set != policy.test_set:
        yield Refusal(
            OTHER_SET, gettext_noop("The experiment used another test set than the gate's.")
        )
    elif evidence.set_version != wanted.set_version:
        yield Refusal(
            OTHER_SET_VERSION,
            gettext_noop(
                "The experiment used version %(used)d of the test set, and the gate asks for "
                "version %(wanted)d. Run it again.",
                used=evidence.set_version,
                wanted=wanted.set_version,
            ),
        )
    elif evidence.left_out:
        yield Refusal(
            SOME_ROWS,
            ngettext(
                "The experiment left out %(count)d row of the test set. Run one with all rows.",
                "The experiment left out %(count)d rows of the test set. Run one with all rows.",
                evidence.left_out,
            ),
        )
    if evidence.metric != policy.metric:
        yield Refusal(
            OTHER_METRIC,
            gettext_noop(
                "The experiment has another main metric than the gate. Run it again with the "
                "gate's."
            ),
        )
    if wanted.at - min(evidence.oldest_at or finished_at, finished_at) > policy.oldest:
        yield Refusal(
            TOO_OLD,
            ngettext(
                "Results of the experiment are older than %(count)d day. Run a new one.",
                "Results of the experiment are older than %(count)d days. Run a new one.",
                policy.oldest.days,
            ),
        )


def _failed(policy: Policy, evidence: Evidence) -> Iterator[Refusal]:
    if evidence.checks_not_run:
        yield Refusal(
            CHECKS_NOT_RUN,
            ngettext(
                "%(count)d check of the test set can't run here. Remove or replace it.",
                "%(count)d checks of the test set can't run here. Remove or replace them.",
                evidence.checks_not_run,
            ),
        )
    if failed := _required_and_failed(policy.required, evidence.rows):
        yield Refusal(
            REQUIRED_ROWS,
            ngettext(
                "%(count)d required row doesn't pass in all of its repeats: %(rows)s",
                "%(count)d required rows don't pass in all of their repeats: %(rows)s",
                len(failed),
                rows=names_in(failed),
            ),
            failed,
        )
    if evidence.baseline:
        yield from _compared(policy, evidence)


def _compared(policy: Policy, evidence: Evidence) -> Iterator[Refusal]:
    worse = worse_rows(evidence.rows)
    if worse and (policy.no_worse_row or by_chance(evidence.rows) <= ALPHA):
        yield Refusal(
            WORSE_ROWS,
            ngettext(
                "%(count)d row that always passed now fails more often than not: %(rows)s",
                "%(count)d rows that always passed now fail more often than not: %(rows)s",
                len(worse),
                rows=names_in(worse),
            ),
            worse,
        )
    if evidence.verdict is None or evidence.verdict.interval is None:
        yield Refusal(NO_VERDICT, _why_no_verdict(evidence.verdict))
        return
    low, margin = evidence.verdict.interval.points[0], round(100 * policy.margin, 2)
    if low < -margin:
        yield Refusal(
            BELOW_MARGIN,
            gettext_noop(
                "The score may have fallen by up to %(points)d points, and the gate allows "
                "%(margin)s. Improve the configuration, or test it with more rows.",
                points=-low,
                margin=f"{margin:g}",
            ),
        )


def _why_no_verdict(verdict: Verdict | None) -> Phrase:
    if verdict is not None:
        return describe(verdict).headline
    return gettext_noop("The experiment doesn't compare the two versions. Run it with both.")


def _required_and_failed(required: Iterable[str], rows: Iterable[Row]) -> tuple[str, ...]:
    by_name = {row.name: row for row in rows}
    return tuple(
        name
        for name in sorted(required)
        if name not in by_name or not all(by_name[name].variant or (False,))
    )


def names_in(rows: Sequence[str]) -> str:
    """Return the names of the first rows, as a refusal has them."""
    more = ", ..." if len(rows) > NAMED else ""
    return ", ".join(rows[:NAMED]) + more
