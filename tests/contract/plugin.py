"""A pytest plugin that compares docs/compatibility.md with what the tests of this run have seen.

It only compares whole runs: every test of tests/api and tests/sdk was collected and passed, in one
process or in several. With ``UPDATE_COMPATIBILITY=1`` it writes the page instead.
"""

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.contract.compatibility import page
from tests.contract.record import Fact, the_record

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "compatibility.md"
FOLDERS = ("tests/api/", "tests/sdk/")
SHOWN_LINES = 40


@dataclass
class Verdict:
    """What is known about this run. `words` is the message for its end."""

    whole: bool = False
    deselected: bool = False
    words: str = ""
    passed: set[str] = field(default_factory=set)
    collected: set[str] = field(default_factory=set)


verdict = Verdict()


def is_ours(node_id: str) -> bool:
    return node_id.startswith(FOLDERS)


def pytest_collection_finish(session: pytest.Session) -> None:
    verdict.collected = {item.nodeid for item in session.items if is_ours(item.nodeid)}
    files = {node_id.partition("::")[0] for node_id in verdict.collected}
    wanted = {
        str(path.relative_to(ROOT))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("test_*.py")
    }
    named = any("::" in argument for argument in session.config.args)
    verdict.whole = files == wanted and not named and not verdict.deselected


def pytest_deselected(items: list[pytest.Item]) -> None:
    verdict.deselected |= any(is_ours(item.nodeid) for item in items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    the_record.begin(item.nodeid)
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        verdict.passed.add(report.nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what one process of pytest-xdist has seen."""
    seen = getattr(node, "workeroutput", {}).get("seen")
    if seen is None:  # it died
        return
    verdict.whole = seen["whole"]
    verdict.collected = seen["collected"]
    verdict.passed |= seen["passed"]
    for test, facts in seen["facts"].items():
        the_record.facts[test] |= {Fact(*fact) for fact in facts}


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["seen"] = {
            "whole": verdict.whole,
            "collected": verdict.collected,
            "passed": verdict.passed,
            "facts": {
                test: [(fact.kind, fact.name) for fact in facts]
                for test, facts in the_record.facts.items()
            },
        }
        return
    if not verdict.whole or not verdict.collected <= verdict.passed:
        return
    seen = page({test: facts for test, facts in the_record.facts.items() if is_ours(test)})
    committed = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if os.environ.get("UPDATE_COMPATIBILITY"):
        PAGE.write_text(seen, encoding="utf-8")
    elif seen != committed:
        changes = difflib.unified_diff(
            committed.splitlines(), seen.splitlines(), "committed", "seen", lineterm="", n=0
        )
        verdict.words = "\n".join(list(changes)[:SHOWN_LINES])
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if verdict.words:
        terminalreporter.section("docs/compatibility.md is out of date", red=True)
        terminalreporter.write_line(verdict.words)
        terminalreporter.write_line("Run the tests with UPDATE_COMPATIBILITY=1 to update it.")
