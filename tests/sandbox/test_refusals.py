"""Where a session cannot be held no code runs, and one sentence says what to do."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from assistants_app.sandbox import environment, selftest
from assistants_app.sandbox.limits import SandboxConfig
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.sandbox.protocol import SandboxUnavailable
from assistants_app.sandbox.user_ids import UserIds
from tests.live import ROOT
from tests.sandbox.conftest import ENVIRONMENT
from tests.sandbox.interpreter import Interpreter

ORDINARY = 65000
AS_ANOTHER = """
import sys
from pathlib import Path
from tests.sandbox.interpreter import Interpreter
from assistants_app.sandbox.limits import SandboxConfig
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.sandbox.protocol import SandboxUnavailable
sandbox = LocalSandbox(SandboxConfig(environment=Path(sys.argv[1])))
try:
    print(Interpreter(sandbox).say("import os; 6 * 7, os.getuid(), os.path.exists('/root')"))
except SandboxUnavailable as error:
    print("refused:", error)
finally:
    sandbox.shut_down()
"""


def _refusal(config: SandboxConfig) -> str:
    sandbox = LocalSandbox(config)
    try:
        with pytest.raises(SandboxUnavailable) as refusal:
            Interpreter(sandbox).run("1")
    finally:
        sandbox.shut_down()
    return str(refusal.value)


def test_another_system_is_told_of_remote_hosts(
    config: SandboxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "only on Linux: name a remote interpreter host" in _refusal(config)


def test_another_processor_is_told_so(
    config: SandboxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert "not on riscv64" in _refusal(config)


def test_a_missing_environment_is_named(tmp_path: Path) -> None:
    assert "`make run`" in _refusal(SandboxConfig(environment=tmp_path / "none"))


def test_a_bubblewrap_without_namespaces_says_what_to_allow(
    config: SandboxConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bwrap = tmp_path / "bwrap"
    bwrap.write_text("#!/bin/sh\necho 'No permissions to create a new namespace' >&2; exit 1\n")
    bwrap.chmod(0o755)
    monkeypatch.setattr("assistants_app.sandbox.zygote.find_bwrap", lambda: bwrap)
    refusal = _refusal(config)
    assert "forbids user namespaces" in refusal
    assert "--security-opt" in refusal
    assert "remote interpreter host" in refusal


def test_a_session_that_is_not_held_runs_nothing(
    config: SandboxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "_seen_from_outside", lambda fork: ["it has a network"])
    assert "does not hold here, so no code runs (it has a network)" in _refusal(config)


def test_a_session_that_reaches_something_is_found_out(
    config: SandboxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "_PROBE", "print('network files')")
    assert "it may reach namespaces" in _refusal(config)


def test_a_container_with_few_users_gives_its_highest(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SandboxConfig(environment=ENVIRONMENT)
    monkeypatch.setattr("assistants_app.sandbox.user_ids._mapped", lambda: [(0, 65536)])
    ids = UserIds.choose(config)
    ids.let_go()
    assert 1000 < ids.first < ids.first + ids.count < 65534
    monkeypatch.setattr("assistants_app.sandbox.user_ids._mapped", lambda: [(0, 1)])
    with pytest.raises(SandboxUnavailable, match="spare user ids"):
        UserIds.choose(config)


def test_processes_of_one_machine_take_blocks_of_their_own() -> None:
    config = SandboxConfig(environment=ENVIRONMENT)
    one, other = UserIds.choose(config), UserIds.choose(config)
    assert not {*range(one.first, one.first + one.count + 1)} & {
        *range(other.first, other.first + other.count + 1)
    }
    one.let_go()
    again = UserIds.choose(config)
    assert again.first == one.first
    other.let_go()
    again.let_go()


def test_ids_are_not_given_twice() -> None:
    ids = UserIds(first=1000, count=3)
    assert {ids.take(), ids.take(), ids.take()} == {0, 1, 2}
    with pytest.raises(SandboxUnavailable):
        ids.take()
    ids.give_back(1)
    assert ids.take() == 1


def test_root_under_another_name_runs_nothing() -> None:
    """`unshare` gives root the id of an ordinary user, in its own eyes only."""
    if os.geteuid():
        command = [sys.executable]
    else:
        command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", sys.executable]
    done = _as_another(command, ENVIRONMENT)
    expected = "refused: The app is root under another name" if not os.geteuid() else "(42, 1000"
    assert done.stdout.startswith(expected), done


def test_an_ordinary_user_s_app_isolates_as_well(tmp_path: Path) -> None:
    """As root this becomes another user first, with an interpreter that such a one may read."""
    root = ENVIRONMENT
    command = [sys.executable]
    if os.geteuid() == 0:
        switch = ["setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups"]
        python = _readable_python(switch)
        root = _environment_of(python, tmp_path)
        command = [*switch, python]
    done = _as_another(command, root)
    assert done.stdout.strip() == "(42, 1000, False)", done


def _as_another(command: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    wheel = environment.find_bwrap().parent.parent.parent
    return subprocess.run(
        [*command, "-c", AS_ANOTHER, str(root)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{wheel}"},
    )


def _readable_python(switch: list[str]) -> str:
    """The sandbox's interpreter, or the system's of the same version when that is below /root."""
    executable = environment.find_environment(ENVIRONMENT).executable
    for python in (str(executable), f"/usr/bin/{executable.name}"):
        if not subprocess.run([*switch, "test", "-x", python], check=False).returncode:
            return python
    raise AssertionError(f"no interpreter like {executable} that an ordinary user may read")


def _environment_of(python: str, folder: Path) -> Path:
    """The libraries of the sandbox under another interpreter."""
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    root = folder / "environment"
    subprocess.run([python, "-m", "venv", "--without-pip", root], check=True)
    packages = environment.find_environment(ENVIRONMENT).packages
    (root / "lib" / packages.parent.name / "site-packages").rmdir()
    (root / "lib" / packages.parent.name / "site-packages").symlink_to(packages)
    return root
