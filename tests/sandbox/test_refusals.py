"""If a session cannot be isolated, no code runs, and one sentence says what to do."""

import os
import platform
import subprocess
import sys
import tempfile
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

ORDINARY_USER = 65000
AS_ANOTHER_USER = """
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


def test_another_operating_system_needs_a_remote_host(
    config: SandboxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "only on Linux. Use a remote interpreter host" in _refusal(config)


def test_another_processor_is_refused(
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


def test_a_session_that_is_not_isolated_runs_no_code(
    config: SandboxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "_check_from_outside", lambda fork: ["it has a network"])
    assert "isn't secure on this machine, so no code can run (it has a network)" in _refusal(config)


def test_the_self_test_notices_what_a_session_can_do(
    config: SandboxConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "_PROBE", "print('network files')")
    assert "(it can create namespaces)" in _refusal(config)


def test_a_container_with_few_user_ids_uses_its_highest(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SandboxConfig(environment=ENVIRONMENT)
    monkeypatch.setattr("assistants_app.sandbox.user_ids._mapped_ranges", lambda: [(0, 65536)])
    ids = UserIds.choose(config)
    ids.let_go()
    assert 1000 < ids.first < ids.first + ids.count < 65534
    monkeypatch.setattr("assistants_app.sandbox.user_ids._mapped_ranges", lambda: [(0, 1)])
    with pytest.raises(SandboxUnavailable, match="spare user ids"):
        UserIds.choose(config)


def test_two_processes_get_different_blocks_of_user_ids() -> None:
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


def test_an_id_in_use_is_not_given_again() -> None:
    ids = UserIds(first=1000, count=3)
    assert {ids.take(), ids.take(), ids.take()} == {0, 1, 2}
    with pytest.raises(SandboxUnavailable):
        ids.take()
    ids.give_back(1)
    assert ids.take() == 1


def test_root_under_another_name_runs_no_code() -> None:
    # Inside the namespace that `unshare` creates, root seems to be an ordinary user.
    if os.geteuid():
        command = [sys.executable]
    else:
        command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", sys.executable]
    done = _run_as_another_user(command, ENVIRONMENT)
    expected = "refused: The app is root under another name" if not os.geteuid() else "(42, 1000"
    assert done.stdout.startswith(expected), done


def test_an_app_of_an_ordinary_user_isolates_as_well(tmp_path: Path) -> None:
    # Started as root, the test becomes an ordinary user, who needs an interpreter that it may read.
    root = ENVIRONMENT
    command = [sys.executable]
    if os.geteuid() == 0:
        switch = [
            "setpriv",
            f"--reuid={ORDINARY_USER}",
            f"--regid={ORDINARY_USER}",
            "--clear-groups",
        ]
        python = _python_readable_by(switch)
        root = _environment_with(python, tmp_path)
        command = [*switch, python]
    done = _run_as_another_user(command, root)
    assert done.stdout.strip() == "(42, 1000, False)", done


def _run_as_another_user(command: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    wheel = environment.find_bwrap().parent.parent.parent
    return subprocess.run(
        [*command, "-c", AS_ANOTHER_USER, str(root)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{wheel}"},
    )


def _python_readable_by(switch: list[str]) -> str:
    # The sandbox's interpreter may lie below /root; the system may have one of the same version.
    executable = environment.find_environment(ENVIRONMENT).executable
    for python in (str(executable), f"/usr/bin/{executable.name}"):
        if not subprocess.run([*switch, "test", "-x", python], check=False).returncode:
            return python
    raise AssertionError(f"no interpreter like {executable} that an ordinary user can read")


def _environment_with(python: str, folder: Path) -> Path:
    # Those that pytest makes can be read by nobody else.
    for parent in (folder, *folder.parents):
        if parent == Path(tempfile.gettempdir()):
            break
        parent.chmod(0o755)
    root = folder / "environment"
    subprocess.run([python, "-m", "venv", "--without-pip", root], check=True)
    packages = environment.find_environment(ENVIRONMENT).packages
    (root / "lib" / packages.parent.name / "site-packages").rmdir()
    (root / "lib" / packages.parent.name / "site-packages").symlink_to(packages)
    return root
