"""Conduct 400 experiments whose truth is known: `python -m tests.engine.experiments.truth [400]`.

Prints a line for each, and the table of docs/experiments.md. With Ctrl+C, the table is about those
that have ended. On two cores it takes about half an hour. With `--foreseen` nothing is conducted:
the table says what the 400 come to by their designs, with which each one is compared.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any

import django

from tests import servers
from tests.live import ROOT

EXPERIMENTS = 400
PROCESSES = 2


def main(arguments: Sequence[str]) -> None:
    """Share the experiments out among processes, each with servers of its own."""
    number = int(arguments[0]) if arguments else EXPERIMENTS
    ended: list[dict[str, Any]] = []
    command = [sys.executable, "-m", "tests.engine.experiments.truth", "--share", str(number)]
    processes = [
        subprocess.Popen([*command, str(first)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for first in range(PROCESSES)
    ]
    with suppress(KeyboardInterrupt), ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(lambda process: _read(process.stdout, ended), processes))
    for process in processes:
        process.wait()
    _set_up()
    from tests.engine.experiments.truth.foreseen import Ended  # noqa: PLC0415

    _print_table([Ended(**one) for one in ended])
    if any(process.returncode for process in processes) and len(ended) == number:
        sys.exit(1)


def foreseen() -> None:
    """Print what the experiments come to by their designs."""
    _set_up()
    from tests.engine.experiments.truth.design import design_of  # noqa: PLC0415
    from tests.engine.experiments.truth.foreseen import foreseen_end  # noqa: PLC0415

    _print_table([foreseen_end(design_of(each)) for each in range(EXPERIMENTS)])


def _print_table(ended: Sequence[Any]) -> None:
    from tests.engine.experiments.truth.table import table  # noqa: PLC0415

    sys.stdout.write("\n".join(["", *table(ended)]) + "\n")


def _read(lines: IO[str] | None, ended: list[dict[str, Any]]) -> None:
    assert lines is not None
    for line in lines:
        sys.stdout.write(line)
        sys.stdout.flush()
        ended.append(json.loads(line))


def _set_up() -> None:
    servers.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    django.setup()


def _conduct_share(number: int, first: int) -> None:
    _set_up()
    from django.contrib.auth.models import User  # noqa: PLC0415 - needs Django's settings
    from django.core.management import call_command  # noqa: PLC0415

    from assistants_app.models import Project  # noqa: PLC0415
    from tests.engine.experiments.truth.conducting import conduct, scripted_world  # noqa: PLC0415
    from tests.engine.experiments.truth.design import design_of  # noqa: PLC0415
    from tests.fakes.provider import ScriptedProvider  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("alice")
    with suppress(KeyboardInterrupt), ScriptedProvider() as provider, scripted_world(provider):
        for each in range(first, number, PROCESSES):
            # A project each, so that no list grows with the experiments before.
            project = Project.objects.create(name=f"Truth {each}")
            ended = conduct(design_of(each), project, user, provider)
            sys.stdout.write(json.dumps(asdict(ended)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--share"]:
        _conduct_share(int(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:] == ["--foreseen"]:
        foreseen()
    else:
        main(sys.argv[1:])
