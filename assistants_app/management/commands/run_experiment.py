"""`manage.py run_experiment`: run an experiment, wait, and let a build pass or fail by it."""

import json
import signal
from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf, nan
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistants_app.domain.errors import ApiError
from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.requirement import ALL_ROWS, FAILED, PASSED
from assistants_app.domain.test_sets.results import junit, matrix_csv
from assistants_app.domain.verdicts.votes import describe_votes
from assistants_app.domain.verdicts.words import Names, describe
from assistants_app.management.people import find_project
from assistants_app.management.watching import TooLate, Watch
from assistants_app.models import Experiment, Project
from assistants_app.models.experiments.reports import ExperimentReport, VariantReport
from assistants_app.queries.experiments.reports import report_of, results_of
from assistants_app.services.experiments.lifecycle import cancel_experiment
from assistants_app.services.experiments.requests import create_requested_experiment
from assistants_app.wire.experiments.experiments import ExperimentCreateParams, experiment_object
from assistants_app.wire.validation import parse

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
GATE_FAILED = 100  # the exit code, which is promptfoo's as well
# Fields whose values are texts, even if they look like numbers.
TEXTS = ("assistant", "model", "name", "instructions")


class Command(BaseCommand):
    help = (
        "Run an experiment with the workers of the site, wait for its end, and print its verdict. "
        "The exit code is 0 if each variant passes the gate, 100 if one fails, and 1 if that can't "
        "be known."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("test_set", help="ID or name of the test set")
        parser.add_argument("--project", default="", help="ID of the project, if there are several")
        parser.add_argument(
            "--assistant", default="", help="ID or name of the assistant of variants that name none"
        )
        parser.add_argument(
            "--variant",
            action="append",
            type=variant_in,
            metavar="FIELD=VALUE,...",
            help="a variant, the first one is the baseline: fields such as version=3 or "
            "model=NAME,temperature=0, or a JSON object as in the API. Without any, the published "
            "version of the assistant runs alone",
        )
        parser.add_argument("--name", help="name of the experiment (default: that of the test set)")
        parser.add_argument("--row", action="append", help="ID of a row to run (default: all)")
        parser.add_argument("--repeats", type=int, help="times that each row is answered")
        parser.add_argument("--at-once", type=int, help="cells that run at once")
        parser.add_argument("--metric", help="main metric: pass, score or metric:NAME")
        parser.add_argument("--margin", type=float, help="difference that matters, such as 0.1")
        parser.add_argument("--budget", type=float, help="most dollars that it may cost")
        parser.add_argument("--judge", help="model that judges, for checks that name none")
        parser.add_argument("--seed", type=int, help="seed of the order and of the models")
        gate = parser.add_argument_group("gate")
        gate.add_argument(
            "--gate-margin", type=float, help="how far the interval may reach below zero"
        )
        rows = gate.add_mutually_exclusive_group()
        rows.add_argument(
            "--required-row", action="append", help="ID of a row that must pass in all repeats"
        )
        rows.add_argument(
            "--all-rows", action="store_true", help="all rows must pass in all repeats"
        )
        gate.add_argument("--no-worse-row", action="store_true", help="no row may become worse")
        parser.add_argument(
            "--timeout", type=seconds_in, help="seconds after which it is cancelled"
        )
        parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit's XML")
        parser.add_argument("--csv", type=Path, metavar="FILE", help="write the matrix as CSV")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write everything as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        project = find_project(options["project"])
        for path in filter(None, (options[name] for name in ("junit", "csv", "json"))):
            # Before anything costs money.
            if not path.absolute().parent.is_dir():
                raise CommandError(f"There is no folder {path.parent} to write {path.name} to.")
            if path.is_dir():
                raise CommandError(f"{path} is a folder. Name a file in it.")
        with _stopped_by_signals():
            experiment = self._create(project, options)
            over = self._wait(project, experiment, options["timeout"])
        report = report_of(over)
        self._print(report)
        _write(report, options)
        self._end(report)

    def _create(self, project: Project, options: dict[str, Any]) -> Experiment:
        try:
            params = parse(ExperimentCreateParams, body_of(options))
            return create_requested_experiment(project=project, user=None, params=params)
        except ApiError as error:
            raise CommandError(_in_words(error)) from error
        except KeyboardInterrupt as stopped:
            raise CommandError("The command was stopped before it began.") from stopped

    def _wait(self, project: Project, experiment: Experiment, seconds: float | None) -> Experiment:
        # From here on, whatever stops the command cancels the experiment.
        try:
            self._say(
                f"Started {experiment.name} ({experiment.pk}) on version {experiment.set_version} "
                f"of {experiment.test_set_name}: {experiment.cells.count():,} cells."
            )
            return Watch(project, experiment.pk, self._say).wait(seconds=seconds)
        except KeyboardInterrupt:
            why = "The command was stopped"
        except TooLate:
            why = f"The experiment took longer than {seconds:g} s"
        except ApiError as error:
            raise CommandError(f"{error.message} It was deleted while it ran.") from error
        cancelled = _cancel(project, experiment)
        raise CommandError(f"{why}{', so it was cancelled' if cancelled else ''}.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        # A build's log shows it at once.
        self.stdout.flush()

    def _print(self, report: ExperimentReport) -> None:
        for one in report.variants:
            self.stdout.write(_figures(one))
            for line in _words(one, report.variants[0]):
                self.stdout.write(f"  {line}")

    def _end(self, report: ExperimentReport) -> None:
        experiment = report.experiment
        if experiment.state == states.PAUSED:
            raise CommandError(
                f"The experiment has paused itself: {experiment.pause_reason} Resume it on its "
                "page when that has changed."
            )
        if experiment.state == states.CANCELLED:
            raise CommandError("The experiment was cancelled.")
        if report.result == FAILED:
            raise CommandError("The gate failed.", returncode=GATE_FAILED)
        if report.result != PASSED:
            raise CommandError("Nobody can know whether the gate passes, for the reasons above.")
        self.stdout.write("The gate passed.")


def seconds_in(text: str) -> float:
    """Return the seconds in an argument. Raises ``ArgumentTypeError``."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = nan
    # Written so that "not a number" is refused as well.
    if not 0 <= seconds < inf:
        raise ArgumentTypeError(f"Write a number of seconds, such as 600, and not '{text}'.")
    return seconds


def variant_in(text: str) -> dict[str, Any]:
    """Return the variant in an argument. Raises ``ArgumentTypeError``."""
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except ValueError as error:
            raise ArgumentTypeError(f"This isn't JSON: {error}.") from error
        # A text that begins with a brace is an object if it is JSON at all.
        fields: dict[str, Any] = found
        return fields
    variant: dict[str, Any] = {}
    for part in text.split(","):
        name, is_field, value = part.partition("=")
        if not is_field:
            raise ArgumentTypeError(
                f"Write a variant as field=value, such as version=3, and not as '{part}'."
            )
        variant[name.strip()] = _value_of(name.strip(), value)
    return variant


def _value_of(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def body_of(options: dict[str, Any]) -> dict[str, Any]:
    """Return the body that the same request to the API would have."""
    usual = {"assistant": options["assistant"]} if options["assistant"] else {}
    rows = ALL_ROWS if options["all_rows"] else options["required_row"]
    gate = {
        "margin": options["gate_margin"],
        "required_rows": rows,
        "no_worse_row": options["no_worse_row"] or None,
    }
    fields = {
        "name": options["name"],
        "rows": options["row"],
        "repeats": options["repeats"],
        "at_once": options["at_once"],
        "main_metric": options["metric"],
        "margin": options["margin"],
        "budget": options["budget"],
        "judge_model": options["judge"],
        "seed": options["seed"],
        "gate": _given(gate) or None,
    }
    return {
        "test_set": options["test_set"],
        "variants": [usual | variant for variant in options["variant"] or [{}]],
        **_given(fields),
    }


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _in_words(error: ApiError) -> str:
    return f"{error.message} (in {error.param})" if error.param else error.message


def _cancel(project: Project, experiment: Experiment) -> bool:
    """Cancel the experiment, and return whether it hadn't ended before."""
    # A build that is cancelled may send several signals, and the first one is enough.
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    try:
        cancel_experiment(project=project, experiment_id=experiment.pk)
    except ApiError:
        return False
    return True


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM, by which a build is cancelled, do what Ctrl-C does."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _figures(one: VariantReport) -> str:
    decided = one.passed + one.failed
    name = f"{one.variant.name} (baseline)" if one.variant.is_baseline else one.variant.name
    line = f"{name}: {one.passed:,} of {decided:,} cells passed"
    if one.without_result:
        line += f", {one.without_result:,} without a result"
    if one.figure is not None:
        line += f", mean {100 * one.figure:.1f} points"
    return f"{line}, ${one.cost:.4f}."


def _words(one: VariantReport, baseline: VariantReport) -> Sequence[str]:
    lines = []
    if one.verdict:
        words = describe(one.verdict, Names(baseline.variant.name, one.variant.name))
        lines += [str(words.headline), " ".join(map(str, words.basis)), *map(str, words.notes)]
    if one.said and one.said.against_baseline:
        names = Names(baseline.variant.name, one.variant.name)
        lines.append(f"People: {describe_votes(one.said.against_baseline, names)}")
    if one.ruling:
        lines += [f"Gate: {one.ruling.result}."]
        lines += [f"- {refusal}" for refusal in one.ruling.refusals]
    return [line for line in lines if line]


def _write(report: ExperimentReport, options: dict[str, Any]) -> None:
    experiment = report.experiment
    for name, make in (
        ("junit", lambda: junit(experiment.name, results_of(experiment))),
        ("csv", lambda: matrix_csv(results_of(experiment))),
        ("json", lambda: [json.dumps(experiment_object(report), indent=2), "\n"]),
    ):
        if path := options[name]:
            try:
                # CSV has line ends of its own.
                with path.open("w", encoding="utf-8", newline="") as file:
                    file.writelines(make())
            except OSError as error:
                raise CommandError(f"Can't write {path}: {error}.") from error
