"""The one command, run as people run it: on the real site, and quickly on a stand-in for it."""

import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from playground.embedded.noted import note_model
from playground.embedded.options import PROJECT
from tests.embedded.conftest import Wait, short_folder
from tests.embedded.stand_in import ENOUGH_SECONDS, Copy, are_gone, stand_in_project


@pytest.fixture
def copy(folder: Path) -> Iterator[Copy]:
    """One on the stand-in site, ended after the test whatever happens."""
    made = Copy(stand_in_project(folder), folder / "data")
    yield made
    made.end_if_running()


@pytest.fixture(scope="module")
def running() -> Iterator[Copy]:
    """One that runs already, for tests that only look at it."""
    with short_folder() as folder:
        made = Copy(stand_in_project(folder), folder / "data")
        yield made.start()
        made.end_if_running()


def test_the_banner_has_all_that_one_needs(running: Copy) -> None:
    for expected in (
        f"http://127.0.0.1:{running.port}/sign-in/token/",
        f"http://127.0.0.1:{running.port}/v1",
        running.key,
        "from openai import OpenAI",
        str(running.data_dir),
    ):
        assert expected in running.output
    assert running.status() == 200
    assert running.status("wrong") == 401


def test_the_key_and_the_link_are_shown_once_and_then_on_demand(copy: Copy) -> None:
    assert copy.refused("key").startswith(f"There is no API key in {copy.data_dir} yet.")
    copy.start()
    assert copy.key in copy.output
    assert "/sign-in/" in copy.output
    assert copy.outcome("key") == f"{copy.key}\n"
    copy.end()
    copy.start()
    assert copy.key not in copy.output
    assert "/sign-in/" not in copy.output
    assert f"Page    http://127.0.0.1:{copy.port}/\n" in copy.output
    for command in ("make key` to see it", "make link` for a link that signs you in"):
        assert f"run `DATA_DIR={copy.data_dir} PORT={copy.port} {command}" in copy.output
    assert copy.outcome("link").endswith("/sign-in/token/\n")


def test_a_first_start_that_fails_is_not_the_last_to_show_the_key(copy: Copy) -> None:
    working = (copy.project / "server.py").read_text()
    (copy.project / "server.py").write_text("raise SystemExit('error: a setting is wrong')")
    assert "sk-ap-" not in copy.refused()
    (copy.project / "server.py").write_text(working)
    copy.start()
    assert copy.key in copy.output
    assert "/sign-in/" in copy.output


def test_a_new_link_is_printed_for_a_running_site(copy: Copy) -> None:
    assert copy.refused("link").startswith("The site isn't running. `make run` starts it")
    copy.start()
    assert copy.outcome("link") == f"http://127.0.0.1:{copy.port}/sign-in/token/\n"


def test_a_key_that_was_given_is_not_printed(copy: Copy) -> None:
    copy.start(BOOTSTRAP_API_KEY="given-key")
    assert "given-key" not in copy.output
    assert copy.outcome("key", BOOTSTRAP_API_KEY="given-key") == "given-key\n"


def test_demo_data_is_added_to_a_running_site_and_to_a_stopped_one(copy: Copy) -> None:
    assert "Added 1 thread.\n" in copy.outcome("seed")
    copy.start()
    assert copy.outcome("seed") == "Added 1 thread.\n"
    assert copy.status() == 200


def test_an_operators_command_finds_the_data_of_a_running_site_and_of_a_stopped_one(
    copy: Copy,
) -> None:
    words = ("create_person", "Ann Lee", "--role", "viewer")

    def outcome() -> str:
        return copy.outcome("manage", *words, status=3, types="typed\n")

    stopped = outcome()
    assert f"{[*words[1:]]} postgresql://" in stopped
    assert "unix://" in stopped
    assert "Password: typed\n" in stopped
    assert "Stopping" not in stopped
    copy.start()
    beside = outcome()
    # The same servers, which go on.
    assert beside.splitlines()[0] == stopped.splitlines()[0]
    assert copy.status() == 200


def test_a_command_beside_the_site_knows_its_model(copy: Copy) -> None:
    copy.start()
    note_model(copy.data_dir, {"LOCAL_MODEL_URL": "http://127.0.0.1:9/v1", "PORT": "1"})
    words = ("create_person", "Ann Lee")
    assert "http://127.0.0.1:9/v1\n" in copy.outcome("manage", *words, status=3, types="typed\n")
    # The model ends with the site.
    copy.end()
    assert "no model\n" in copy.outcome("manage", *words, status=3, types="typed\n")


def test_a_command_is_told_to_stop_and_ends_by_itself(copy: Copy) -> None:
    process = copy.start().popen("manage", "run_experiment", "Questions")
    assert process.stdout is not None
    assert process.stdout.readline() == "Started.\n"
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=ENOUGH_SECONDS)
    assert (output, process.returncode) == ("Cancelled.\n", 1)
    assert copy.status() == 200


def test_each_step_of_a_start_is_announced(running: Copy) -> None:
    steps = [line for line in running.output.splitlines() if line.startswith("[")]
    assert [line[:5] for line in steps] == ["[1/2]", "[2/2]"]


def test_an_unknown_command_is_one_sentence(copy: Copy) -> None:
    assert copy.refused("walk").startswith("There is no command walk. Choose from run, dev,")


def test_secrets_are_for_their_owner_alone(running: Copy) -> None:
    for name in ("api_key", "secret_key"):
        assert (running.data_dir / name).stat().st_mode & 0o077 == 0
    assert running.data_dir.stat().st_mode & 0o077 == 0


def test_two_copies_run_side_by_side(running: Copy, folder: Path) -> None:
    second = Copy(running.project, folder / "data")
    second.start(BOOTSTRAP_API_KEY="given")
    assert running.status() == 200
    assert second.status("given") == 200
    assert not (second.data_dir / "api_key").exists()
    second.end()


def test_a_second_launcher_on_one_folder_is_told_of_the_first(running: Copy) -> None:
    second = Copy(running.project, running.data_dir)
    assert running.process is not None
    assert f"Another copy (process {running.process.pid}) already uses" in second.refused()
    assert running.status() == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_part_within_five_seconds(copy: Copy, number: signal.Signals) -> None:
    copy.start()
    family = copy.family()
    assert copy.end(number) < 5
    assert are_gone(family)
    assert copy.process is not None
    assert copy.process.returncode == 0
    assert "Traceback" not in copy.output


def test_a_killed_launcher_leaves_no_orphan_and_its_data(copy: Copy, wait_until: Wait) -> None:
    copy.start()
    key, family = copy.key, copy.family()
    assert {"postgres", "valkey-server"} <= {process.name() for process in family}
    copy.end(signal.SIGKILL)
    copy.start()  # at once: it waits for what is still on its way out
    wait_until(lambda: are_gone(family))
    assert copy.key == key
    assert copy.status() == 200


def test_a_part_that_is_killed_comes_back(copy: Copy, wait_until: Wait) -> None:
    copy.start()
    for name in ("postgres", "valkey-server", "web", "python"):
        killed = copy.pids(name)[0]
        os.kill(killed, signal.SIGKILL)
        wait_until(partial(copy.has_another, name, killed))
    wait_until(lambda: copy.status() == 200)
    copy.end()
    for name in ("postgres", "valkey", "web", "site"):
        assert f"{name} was killed by SIGKILL. Restarting in" in copy.output


def test_a_taken_port_is_one_sentence(copy: Copy) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", copy.port))
        other.listen()
        output = copy.refused()
    assert output.startswith(f"Port {copy.port} is in use. ")
    assert output.count("\n") == 1


def test_a_broken_database_folder_is_one_sentence(copy: Copy) -> None:
    (copy.data_dir / "postgres").mkdir(parents=True)
    (copy.data_dir / "postgres" / "PG_VERSION").write_text("garbage")
    assert "postgres is damaged (PG_VERSION isn't a number)" in copy.refused()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "80a"}, "PORT must be a number from 1 to 65535, not '80a'."),
        ({"HOST": "203.0.113.9"}, "Can't listen on 203.0.113.9"),
        (
            {"DATA_DIR": "/dev/null/x"},
            "Can't write to the data folder /dev/null/x (not a directory)",
        ),
        (
            {"OPENAI_BASE_URL": "", "OPENAI_API_KEY": "", "LOCAL_MODEL_PATH": "/none.gguf"},
            "Can't read /none.gguf",
        ),
    ],
)
def test_a_wrong_choice_is_one_sentence(
    copy: Copy, environment: dict[str, str], sentence: str
) -> None:
    output = copy.refused(**environment)
    assert sentence in output
    assert output.count("\n") == 1


def test_a_site_that_cannot_start_ends_the_start(copy: Copy) -> None:
    (copy.project / "server.py").write_text("raise SystemExit('error: a setting is wrong')")
    assert "web did not start: it ended with status 1: error: a setting is wrong" in copy.refused()


@pytest.mark.parametrize("name", ["x" * 120, "Capitals"])
def test_sockets_have_a_private_place_when_the_folders_name_does_not_fit(
    copy: Copy, name: str
) -> None:
    copy.data_dir = copy.data_dir / name
    copy.start()
    place = Path((copy.data_dir / "socket_folder").read_text().strip())
    assert place.stat().st_mode & 0o077 == 0
    copy.end(signal.SIGKILL)
    copy.start()
    assert Path((copy.data_dir / "socket_folder").read_text().strip()) == place
    copy.end()
    assert not place.exists()


@pytest.mark.skipif(
    not (PROJECT / "playground" / "asgi.py").exists(), reason="the site is not there yet"
)
def test_the_real_site_starts_answers_ends_and_starts_again(folder: Path) -> None:
    copy = Copy(PROJECT, folder / "data")
    try:
        copy.start(OPENAI_BASE_URL="", OPENAI_API_KEY="")
        key, family = copy.key, copy.family()
        assert copy.status() == 200
        request = urllib.request.Request(
            f"http://127.0.0.1:{copy.port}/v1/models", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request) as answer:
            assert [model["id"] for model in json.load(answer)["data"]] == ["SmolLM2-135M-Instruct"]
        assert copy.end() < 5
        assert are_gone(family)
        began = time.monotonic()
        copy.start(OPENAI_BASE_URL="", OPENAI_API_KEY="")
        assert time.monotonic() - began < 20  # 8 s on a machine that does nothing else
        assert copy.key == key
        assert copy.status() == 200
    finally:
        copy.end_if_running()


def replaced(copy: Copy, name: str, command: str) -> None:
    """Replace a process of the stand-in site."""
    procfile = copy.project / "Procfile"
    lines = [line for line in procfile.read_text().splitlines() if not line.startswith(name)]
    procfile.write_text("\n".join([*lines, f"{name}: {command}", ""]))


def test_the_site_lives_on_without_its_indexer(copy: Copy) -> None:
    replaced(copy, "indexer", "exec python -c 'raise SystemExit(3)'")
    copy.start()
    copy.read_until("indexer ended with status 3. Restarting in 6.4 s.")
    assert copy.status() == 200
    assert copy.end() < 10


def test_an_interpreter_gets_its_limits_and_no_secrets_of_the_site(copy: Copy) -> None:
    names = ("SANDBOX_MEMORY_BYTES", "SANDBOX_SESSIONS", "SECRET_KEY", "DATABASE_URL")
    shown = " ".join(f"${{{name}:-none}}" for name in names)
    replaced(copy, "interpreter", f'echo "limits: {shown}"; exec sleep 1000')
    copy.start(SANDBOX_MEMORY_BYTES="5000000", SANDBOX_SESSIONS="7")
    if "limits: " not in copy.output:
        copy.read_until("limits: ")
    assert "limits: 5000000 7 none none" in copy.output
