"""A control group limits a session on machines that can delegate one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistants_app.sandbox.cgroups import Group
from assistants_app.sandbox.limits import Limits, SandboxConfig
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.sandbox.protocol import SandboxUnavailable
from tests.sandbox.interpreter import Interpreter

MIB = 1 << 20


def test_a_folder_that_is_not_a_control_group_is_refused(
    config: SandboxConfig, tmp_path: Path
) -> None:
    sandbox = LocalSandbox(SandboxConfig(config.environment, cgroup=tmp_path))
    try:
        with pytest.raises(SandboxUnavailable, match="isn't a control group"):
            Interpreter(sandbox).run("1")
    finally:
        sandbox.shut_down()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def delegated() -> Iterator[Path | None]:
    """A memory group for this test, or None if the machine doesn't allow one."""
    for parent in (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")):
        folder = parent / f"assistants-test-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        if (folder / "memory.max").exists():
            (folder / "cgroup.subtree_control").write_text("+memory +pids")
        yield folder
        folder.rmdir()
        return
    yield None


def test_a_session_over_its_memory_limit_is_killed_with_the_reason(
    config: SandboxConfig, delegated: Path | None
) -> None:
    # By the group, or by the watchdog on a machine without groups.
    limits = Limits(memory_bytes=100 * MIB, disk_bytes=8 * MIB, wall_seconds=30)
    sandbox = LocalSandbox(SandboxConfig(config.environment, watch_seconds=0.05, cgroup=delegated))
    python = Interpreter(sandbox, limits)
    try:
        execution = python.run(
            "import os, time\nrows = []\n"
            "for _ in range(8):\n    if os.fork() == 0:\n"
            "        rows.append(b'x' * (60 << 20))\n        time.sleep(60)\n"
            "rows.append(b'x' * (80 << 20))\ntime.sleep(60)"
        )
        sandbox.close(python.session_id)
        assert delegated is None or [*delegated.glob("session-*")] == []
    finally:
        sandbox.shut_down()
    assert (execution.ended, execution.reason) == (
        "killed",
        "The memory limit of 100 MiB was reached.",
    )


def test_a_group_knows_whether_the_kernel_killed_a_process(tmp_path: Path) -> None:
    group = Group(tmp_path)
    assert not group.ran_out_of_memory
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 3\noom 1\noom_kill 0\n")
    assert not group.ran_out_of_memory
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n")
    assert group.ran_out_of_memory
