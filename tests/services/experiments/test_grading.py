"""Grades by people: leases, figures, undo and corrections."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain.errors import Conflict, InvalidRequest, NotFound
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentGrade,
    ExperimentLease,
    ExperimentRow,
    ExperimentVariant,
    ModelEndpoint,
    TestSet,
)
from assistants_app.queries.experiments.evidence import verdicts_of
from assistants_app.queries.experiments.grading import (
    cells_to_grade,
    open_rows,
    queued_row,
    sight,
)
from assistants_app.services.experiments import grading as services
from assistants_app.services.test_sets.sets import delete_test_set
from tests.cast import Cast
from tests.fuzz.world import UNREACHABLE
from tests.services.test_sets.sets import rows_of
from tests.web.experiments.made import cell_at, end, fail, grade, grade_all, make_experiment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def experiment(cast: Cast) -> Experiment:
    """A finished experiment of two rows and two variants, decided by grades."""
    ModelEndpoint.objects.create(project=cast.project, name="E", base_url=UNREACHABLE)
    made = make_experiment(cast, main_metric="metric:people: grade")
    grade_all(made, ["pp", "pf"])
    return end(made)


def take(cast: Cast, experiment: Experiment, user: User) -> ExperimentRow | None:
    return services.take_row(project=cast.project, experiment_id=experiment.pk, user=user)


def position_of(row: ExperimentRow | None) -> int | None:
    return row.position if row else None


def say(cast: Cast, experiment: Experiment, user: User, position: int = 0, **what: Any) -> None:
    act: Any = services.prefer_reply if "choice" in what else services.grade_reply
    row = ExperimentRow.objects.get(experiment=experiment, position=position)
    what = {"sight": sight(cells_to_grade(row, what.get("repeat", 1), user), user), **what}
    act(
        project=cast.project,
        experiment_id=experiment.pk,
        user=user,
        position=position,
        **{"repeat": 1, **what},
    )


def test_people_get_different_rows_and_those_of_others_once_time_is_up(
    cast: Cast, experiment: Experiment
) -> None:
    assert position_of(take(cast, experiment, cast.bob)) == 0
    assert position_of(take(cast, experiment, cast.vera)) == 1
    assert take(cast, experiment, cast.alice) is None
    assert position_of(take(cast, experiment, cast.bob)) == 0
    ExperimentLease.objects.filter(person=cast.bob).update(
        until=timezone.now() - timedelta(seconds=1)
    )
    # Nobody else has it yet, so a late grade counts.
    say(cast, experiment, cast.bob, place=0, points=4)
    ExperimentLease.objects.filter(person=cast.bob).update(
        until=timezone.now() - timedelta(seconds=1)
    )
    assert position_of(take(cast, experiment, cast.alice)) == 0
    with pytest.raises(Conflict):
        say(cast, experiment, cast.bob, place=1, points=4)
    assert ExperimentGrade.objects.get().name == "bob"


def test_grades_become_a_metric_the_figure_and_the_verdict(
    cast: Cast, experiment: Experiment
) -> None:
    row = take(cast, experiment, cast.bob)
    assert row is not None
    first, second = cells_to_grade(row, 1, cast.bob)
    say(cast, experiment, cast.bob, place=0, points=5)
    first.refresh_from_db()
    assert first.result["metrics"] == {"people: grade": 1}
    assert first.figure == 1
    assert queued_row(row, cast.bob) is not None
    say(cast, experiment, cast.bob, place=1, points=2)
    second.refresh_from_db()
    assert second.figure == 0.25
    assert queued_row(row, cast.bob) is None
    assert position_of(take(cast, experiment, cast.bob)) == 1
    assert ExperimentVariant.objects.get(experiment=experiment, position=1).verdict is not None
    # Another grade of the same person replaces theirs; another person's is averaged.
    ExperimentLease.objects.update(row=row)
    say(cast, experiment, cast.bob, place=0, points=1)
    ExperimentLease.objects.update(person=cast.vera)
    place = cells_to_grade(row, 1, cast.vera).index(first)
    say(cast, experiment, cast.vera, place=place, points=4)
    first.refresh_from_db()
    assert first.figure == (0 + 0.75) / 2


def test_a_preference_grades_all_replies_at_once_and_is_undone_at_once(
    cast: Cast, experiment: Experiment
) -> None:
    row = take(cast, experiment, cast.bob)
    assert row is not None
    first, second = cells_to_grade(row, 1, cast.bob)
    say(cast, experiment, cast.bob, choice="B")
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.result["metrics"] == {"people: preference": 0}
    assert second.result["metrics"] == {"people: preference": 1}
    # The main metric is another one, so the row still waits for what decides.
    assert second.figure is None
    assert position_of(take(cast, experiment, cast.bob)) == 0
    say(cast, experiment, cast.bob, place=0, points=3)
    say(cast, experiment, cast.bob, place=1, points=3)
    assert position_of(take(cast, experiment, cast.bob)) == 1
    undo: dict[str, Any] = {"project": cast.project, "experiment_id": experiment.pk}
    for _ in range(3):
        assert services.undo_grade(**undo, user=cast.bob)
    second.refresh_from_db()
    assert second.result["metrics"] == {}
    assert position_of(take(cast, experiment, cast.bob)) == 0
    assert not services.undo_grade(**undo, user=cast.bob)
    assert not services.undo_grade(**undo, user=cast.vera)


def test_undo_takes_back_one_grade_at_a_time_and_no_row_of_somebody_else(
    cast: Cast, experiment: Experiment
) -> None:
    take(cast, experiment, cast.bob)
    say(cast, experiment, cast.bob, place=0, points=5)
    say(cast, experiment, cast.bob, place=1, points=3)
    ExperimentLease.objects.update(person=cast.vera)
    undo: dict[str, Any] = {
        "project": cast.project,
        "experiment_id": experiment.pk,
        "user": cast.bob,
    }
    assert services.undo_grade(**undo)
    assert [grade.value for grade in ExperimentGrade.objects.all()] == [1]
    assert ExperimentLease.objects.get().person == cast.vera


def test_a_grade_goes_to_the_reply_that_was_looked_at(cast: Cast, experiment: Experiment) -> None:
    late = cell_at(experiment, 0, 1)
    ExperimentCell.objects.filter(pk=late.pk).update(state="grading")
    # Its row follows once both replies are there.
    assert position_of(take(cast, experiment, cast.bob)) == 1
    row = ExperimentRow.objects.get(experiment=experiment, position=0)
    before = sight(cells_to_grade(row, 1, cast.bob), cast.bob)
    grade(late)
    with pytest.raises(Conflict, match="has changed"):
        say(cast, experiment, cast.bob, sight=before, place=0, points=5)
    with pytest.raises(Conflict, match="has changed"):
        say(cast, experiment, cast.vera, sight="é", choice="=")
    assert not ExperimentGrade.objects.exists()


def test_a_key_that_was_pressed_twice_grades_once_and_another_one_nothing(
    cast: Cast, experiment: Experiment
) -> None:
    take(cast, experiment, cast.bob)
    row = ExperimentRow.objects.get(experiment=experiment, position=0)
    seen = sight(cells_to_grade(row, 1, cast.bob), cast.bob)
    for _ in range(2):
        say(cast, experiment, cast.bob, sight=seen, place=0, points=5)
    with pytest.raises(Conflict, match="has changed"):
        say(cast, experiment, cast.bob, sight=seen, place=0, points=2)
    assert [one.value for one in ExperimentGrade.objects.all()] == [1]
    # Also the last one of a row, which leads to the next.
    say(cast, experiment, cast.bob, place=1, points=4)
    take(cast, experiment, cast.bob)
    say(cast, experiment, cast.bob, sight=seen, place=1, points=4)
    assert ExperimentGrade.objects.count() == 2


def test_there_is_no_verdict_before_all_replies_have_their_grades(
    cast: Cast, experiment: Experiment
) -> None:
    def reason() -> str:
        [(_, verdict)] = verdicts_of(experiment)
        return verdict.reason

    for position in (0, 1):
        take(cast, experiment, cast.bob)
        say(cast, experiment, cast.bob, position, choice="A")
        for place in (0, 1):
            assert reason() == "ungraded"
            say(cast, experiment, cast.bob, position, place=place, points=3)
    assert reason() == ""
    stored = ExperimentVariant.objects.get(experiment=experiment, position=1).verdict
    assert stored["kind"] != "none"
    # What nobody prefers is decided by others, where there are others.
    Experiment.objects.update(main_metric="metric:people: preference")
    experiment.refresh_from_db()
    assert reason() == ""
    ExperimentGrade.objects.filter(metric="people: preference").delete()
    assert reason() == "ungraded"
    for position in (0, 1):
        fail(cell_at(experiment, position, 0))
    assert reason() != "ungraded"
    assert not open_rows(experiment).exists()


def test_only_replies_with_a_result_are_in_the_queue(cast: Cast, experiment: Experiment) -> None:
    for variant in (0, 1):
        fail(cell_at(experiment, 0, variant))
    assert [row.position for row in open_rows(experiment)] == [1]
    take(cast, experiment, cast.bob)
    for place in (0, 1):
        say(cast, experiment, cast.bob, 1, place=place, points=3)
    assert take(cast, experiment, cast.bob) is None


@pytest.mark.parametrize(
    "what",
    [
        {"place": 0, "points": 0},
        {"place": 0, "points": 6},
        {"place": 2, "points": 1},
        {"place": -1, "points": 1},
        {"place": 0, "points": 1, "repeat": 9},
        {"choice": "C"},
        {"choice": ""},
    ],
)
def test_what_does_not_exist_is_refused(
    cast: Cast, experiment: Experiment, what: dict[str, Any]
) -> None:
    take(cast, experiment, cast.bob)
    with pytest.raises(InvalidRequest):
        say(cast, experiment, cast.bob, **what)
    assert not ExperimentGrade.objects.exists()


def test_a_grade_outlives_the_account_of_who_gave_it(cast: Cast, experiment: Experiment) -> None:
    take(cast, experiment, cast.vera)
    say(cast, experiment, cast.vera, place=0, points=3)
    cast.vera.delete()
    grade = ExperimentGrade.objects.get()
    assert (grade.person, grade.name, grade.value) == (None, "vera", 0.5)


def test_a_correction_is_the_next_version_of_the_row(cast: Cast, experiment: Experiment) -> None:
    test_set = TestSet.objects.get(pk=experiment.test_set_id)
    given: dict[str, Any] = {
        "project": cast.project,
        "experiment_id": experiment.pk,
        "author": cast.bob,
    }
    made = services.correct_reply(**given, position=1, text="Rome.")
    assert made.content["expected"] == {"reply": "Rome."}
    assert rows_of(test_set)[1].row.revision == 2
    assert "expected" not in ExperimentRow.objects.get(position=1).content
    for text in ("", "  ", "x" * 300_000):
        with pytest.raises(InvalidRequest):
            services.correct_reply(**given, position=1, text=text)
    with pytest.raises(NotFound):
        services.correct_reply(**given, position=9, text="Rome.")
    delete_test_set(project=cast.project, set_id=test_set.pk)
    with pytest.raises(NotFound):
        services.correct_reply(**given, position=1, text="Rome.")
