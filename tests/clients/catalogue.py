"""The clients and versions that are tested, and what each test shows of them.

A test module names its clients in `CLIENTS`, and marks its tests with `shows`.
"""

import importlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])
FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
OURS = "openai-3"  # the SDK that the app itself installs

OBJECTS = "objects"
LISTS = "lists"
FILES = "files"
STORES = "vector stores"
RUNS = "runs"
STREAMS = "streams"
CALLS = "function calls"
CITATIONS = "citations"
CODE_FILES = "files from code"
ERRORS = "errors"
ORDER = (OBJECTS, LISTS, FILES, STORES, RUNS, STREAMS, CALLS, CITATIONS, CODE_FILES, ERRORS)


@dataclass(frozen=True, slots=True)
class Client:
    """A client in a version. `recorded`: its requests were recorded and are replayed."""

    name: str
    version: str
    recorded: bool = False


@dataclass(slots=True)
class Shown:
    """What tests show of a client, and their modules as paths below tests/."""

    what: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)


def locked(environment: str, package: str) -> str:
    """Return the version of a Python package in the environment's list."""
    lists = ROOT / "requirements" / "app.txt", FOLDER / "requirements" / f"{environment}.txt"
    pinned = lists[environment != OURS].read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(package)}==(\S+)", pinned, re.MULTILINE)
    assert found, f"{environment} has no {package}"
    return found[1]


def locked_in_node(environment: str, package: str) -> str:
    """Return the version of a Node package in the environment's lock file."""
    lock = json.loads((FOLDER / environment / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{package}"]["version"])


def shows(*what: str, clients: tuple[Client, ...] = ()) -> Callable[[Test], Test]:
    """Mark a test with what it shows, of these clients or of all clients of its module."""

    def marked(test: Test) -> Test:
        test.shows = (what, clients)  # type: ignore[attr-defined]
        return test

    return marked


def modules() -> Iterator[ModuleType]:
    """Yield the test modules that name clients."""
    # No deeper: the folders of the Node programs have thousands of packages' files.
    for path in sorted([*FOLDER.glob("test_*.py"), *FOLDER.glob("*/test_*.py")]):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        module = importlib.import_module(name)
        if hasattr(module, "CLIENTS"):
            yield module


def named_tests(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the module's tests by name."""
    return {name: test for name, test in vars(module).items() if name.startswith("test_")}


def shown() -> dict[Client, Shown]:
    """Return what the tests show of each client."""
    seen: dict[Client, Shown] = {}
    for module in modules():
        for test in named_tests(module).values():
            what, clients = getattr(test, "shows", ((), ()))
            for client in (clients or module.CLIENTS) if what else ():
                of_client = seen.setdefault(client, Shown())
                of_client.what.update(what)
                of_client.modules.add(module.__name__.removeprefix("tests.").replace(".", "/"))
    return seen
