"""`manage.py run_experiment`: a build passes or fails by an experiment."""

import csv
import json
import os
import signal
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from assistants_app.management import watching
from assistants_app.management.commands import run_experiment
from assistants_app.management.commands.run_experiment import (
    GATE_FAILED,
    STOP_SIGNALS,
    seconds_in,
    variant_in,
)
from assistants_app.models import Experiment, ExperimentCell
from assistants_app.queries.experiments.experiments import progress_of
from assistants_app.services.experiments.lifecycle import cancel_experiment, pause_experiment
from tests.cast import Cast
from tests.engine.conftest import scripted
from tests.engine.experiments.carried_out import make_round
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.services.experiments.conftest import no_workers
from tests.services.experiments.made import set_of
from tests.web.experiments.made import end, fail, grade

__all__ = ["no_workers", "scripted"]
pytestmark = pytest.mark.django_db(transaction=True)
TWO = ("--assistant=Secret", "--variant=model=scripted-1", "--variant=model=scripted-2")
Run = Callable[..., str]


def the_experiment() -> Experiment:
    return Experiment.objects.get()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a round of a worker whenever the command waits."""
    monkeypatch.setattr(watching, "sleep", lambda _: make_round(the_experiment()))


@pytest.fixture
def run(cast: Cast, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command in the cast's project and returns its output."""

    def call(*arguments: str) -> str:
        call_command("run_experiment", *arguments, f"--project={cast.project.pk}")
        return capsys.readouterr().out

    return call


def meanwhile(monkeypatch: pytest.MonkeyPatch, *acts: Callable[[], Any]) -> None:
    """Do one of these after the other whenever the command waits, and the last one ever after."""
    left = list(acts)
    monkeypatch.setattr(watching, "sleep", lambda _: (left.pop(0) if len(left) > 1 else left[0])())


def answers_of(body: dict[str, Any]) -> Reply | None:
    """Answer as a model whose second version knows less."""
    return Reply(text="No idea.") if body["model"] == "scripted-2" else None


@pytest.mark.usefixtures("work")
def test_a_good_variant_passes(
    cast: Cast, run: Run, scripted: ScriptedProvider, tmp_path: Path
) -> None:
    set_of(cast, 4)
    files = [f"--{name}={tmp_path / name}" for name in ("junit", "csv", "json")]
    printed = run("Questions", *TWO, "--repeats=2", "--gate-margin=1", "--name=Nightly", *files)
    experiment = the_experiment()
    lines = printed.splitlines()
    assert lines[0] == f"Started Nightly ({experiment.pk}) on version 1 of Questions: 16 cells."
    assert any(line.startswith("16 of 16 cells have ended.") for line in lines)
    baseline, variant = (one.name for one in experiment.variants.order_by("position"))
    assert f"{baseline} (baseline): 8 of 8 cells passed, mean 100.0 points, $0.0000." in lines
    assert f"{variant}: 8 of 8 cells passed, mean 100.0 points, $0.0000." in lines
    assert "  Gate: passed." in lines
    assert lines[-1] == "The gate passed."

    root = ElementTree.parse(tmp_path / "junit").getroot()
    assert (root.get("name"), root.get("tests"), root.get("failures")) == ("Nightly", "16", "0")
    _, *rows = csv.reader((tmp_path / "csv").read_text().splitlines())
    assert [row[2] for row in rows] == ["2/2"] * 4
    found = json.loads((tmp_path / "json").read_text())
    assert (found["object"], found["result"]) == ("playground.experiment", "passed")


@pytest.mark.usefixtures("work")
def test_a_worse_variant_fails_with_100(
    cast: Cast,
    run: Run,
    scripted: ScriptedProvider,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scripted.answer = answers_of
    set_of(cast, 5)
    with pytest.raises(CommandError, match="The gate failed") as caught:
        run("Questions", *TWO, "--all-rows", f"--junit={tmp_path / 'junit'}")
    assert caught.value.returncode == GATE_FAILED == 100
    printed = capsys.readouterr().out
    assert "0 of 5 cells passed" in printed
    assert "Gate: failed." in printed
    assert "- 5 required rows don't pass in all of their repeats" in printed
    reasons = [one.text for one in ElementTree.parse(tmp_path / "junit").iter("failure")]
    assert len(reasons) == 5
    assert "Reply: No idea." in str(reasons[0])


@pytest.mark.usefixtures("work", "scripted")
def test_an_assistant_alone_has_to_pass_every_row(cast: Cast, run: Run) -> None:
    set_of(cast, 2)
    printed = run("Questions", "--variant", '{"model": "scripted-1", "name": "Alone"}')
    assert "Alone (baseline): 2 of 2 cells passed" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["None", *TWO], "No test set found with id or name 'None'. (in test_set)"),
        (["Questions"], "A variant needs an 'assistant' or a 'model'. (in variants[0].assistant)"),
        (["Questions", *TWO, "--repeats=0"], "below minimum"),
        (["Questions", *TWO, "--row=x"], "No row found with id 'x'"),
        (["Questions", *TWO, "--required-row=x"], "(in gate.required_rows)"),
        (["Questions", *TWO, "--variant=speed=3"], "Unknown parameter: 'variants[2].speed'"),
        (["Questions", *TWO, "--junit=/nowhere/x.xml"], "There is no folder /nowhere"),
        (["Questions", *TWO, "--csv=/tmp"], "/tmp is a folder. Name a file in it."),
    ],
)
@pytest.mark.usefixtures("scripted")
def test_what_cannot_run_is_one_sentence_and_1(
    cast: Cast, run: Run, arguments: list[str], message: str
) -> None:
    set_of(cast, 1)
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert message in str(caught.value)
    assert caught.value.returncode == 1
    assert not Experiment.objects.exists()


def _end_with_faults() -> None:
    for cell in ExperimentCell.objects.all():
        if cell.variant.is_baseline:
            grade(cell)
        else:
            fail(cell)
    end(the_experiment())


@pytest.mark.usefixtures("scripted")
def test_a_provider_that_failed_is_1(
    cast: Cast,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_of(cast, 3)
    meanwhile(monkeypatch, _end_with_faults)
    with pytest.raises(CommandError, match="Nobody can know") as caught:
        run("Questions", *TWO)
    assert caught.value.returncode == 1
    printed = capsys.readouterr().out
    assert "3 without a result" in printed
    assert "No verdict, because the model provider failed" in printed


@pytest.mark.usefixtures("scripted")
def test_a_cancelled_a_deleted_and_a_limited_experiment_are_1(
    cast: Cast, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_of(cast, 1)

    def change(**columns: Any) -> Callable[[], Any]:
        return lambda: Experiment.objects.update(**columns)

    limit = "You have used up your dollars."
    for act, message in (
        (change(state="cancelled"), "The experiment was cancelled."),
        (change(state="paused", pause_reason=limit), f"has paused itself: {limit}"),
        (change(deleted_at=cast.run.created_at), "It was deleted while it ran."),
    ):
        meanwhile(monkeypatch, act)
        with pytest.raises(CommandError, match=message) as caught:
            run("Questions", *TWO)
        assert caught.value.returncode == 1
        Experiment.objects.all().delete()


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "soon", ""])
def test_a_timeout_that_never_comes_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="Write a number of seconds"):
        seconds_in(text)
    assert seconds_in("1.5") == 1.5


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("by", ["signal", "timeout"])
def test_who_stops_the_command_cancels_the_experiment(
    cast: Cast, run: Run, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    set_of(cast, 1)
    more = ["--timeout=0"] if by == "timeout" else []
    meanwhile(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGTERM))

    def cancel(**names: Any) -> Experiment:
        # Those who lose their patience may send more.
        for number in STOP_SIGNALS:
            os.kill(os.getpid(), number)
        return cancel_experiment(**names)

    monkeypatch.setattr(run_experiment, "cancel_experiment", cancel)
    before = [signal.getsignal(number) for number in STOP_SIGNALS]
    with pytest.raises(CommandError, match="so it was cancelled") as caught:
        run("Questions", *TWO, *more)
    assert caught.value.returncode == 1
    assert the_experiment().state == "cancelled"
    assert [signal.getsignal(number) for number in STOP_SIGNALS] == before


@pytest.mark.usefixtures("scripted")
def test_what_holds_an_experiment_up_is_said_once(
    cast: Cast,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_of(cast, 1)
    monkeypatch.setattr(watching, "HINT_AFTER", -1)

    def pause() -> None:
        pause_experiment(project=cast.project, experiment_id=the_experiment().pk)

    def ask() -> None:
        ExperimentCell.objects.update(state="waiting_for_person")

    def stop() -> None:
        cancel_experiment(project=cast.project, experiment_id=the_experiment().pk)

    def nothing() -> None:
        pass

    meanwhile(monkeypatch, nothing, pause, nothing, ask, nothing, stop)
    with pytest.raises(CommandError, match="was cancelled"):
        run("Questions", *TWO)
    printed = capsys.readouterr().out
    for line in ("No cell has begun yet.", "Somebody has paused", "2 cells wait for outputs"):
        assert printed.count(line) == 1


@pytest.mark.usefixtures("work", "scripted")
def test_a_database_that_restarts_is_waited_for(
    cast: Cast, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_of(cast, 1)
    reads, real = [0], progress_of

    def sometimes(experiment: Experiment) -> Any:
        reads[0] += 1
        if reads[0] in (1, 2):
            raise OperationalError("terminating connection")
        return real(experiment)

    monkeypatch.setattr(watching, "progress_of", sometimes)
    assert "The gate passed." in run("Questions", *TWO, "--gate-margin=1")
    monkeypatch.setattr(watching, "PATIENCE", -1)
    reads[0] = 0
    Experiment.objects.all().delete()
    with pytest.raises(OperationalError):
        run("Questions", *TWO)


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("version=3", {"version": 3}),
        ("model=4,temperature=0.5", {"model": "4", "temperature": 0.5}),
        ("assistant=A B, name=1", {"assistant": "A B", "name": "1"}),
        ("reasoning_effort=low", {"reasoning_effort": "low"}),
        ('{"instructions": "a=b, c"}', {"instructions": "a=b, c"}),
        ("name=a=b", {"name": "a=b"}),
    ],
)
def test_a_variant_is_fields_or_json(text: str, variant: dict[str, Any]) -> None:
    assert variant_in(text) == variant


@pytest.mark.parametrize("text", ["Secret", "model=a,3", "{model", ""])
def test_a_variant_that_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        variant_in(text)
