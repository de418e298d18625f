"""`make dev` on a copy of the project: an edit shows without a restart by the developer."""

import json
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from playground.embedded.options import PROJECT
from tests.embedded.conftest import short_folder
from tests.embedded.stand_in import Copy

NEEDED = ("assistants_app", "installer", "playground", "static", "templates")
# On two idle cores it takes 1.8 s; this bound is for a machine that does more than this test.
SHOWN_SECONDS = 12
EDIT = """

_unedited = create_assistant


def create_assistant(**values):
    assistant = _unedited(**values)
    assistant.name = "Edited"
    return assistant
"""


@pytest.fixture(scope="module")
def dev() -> Iterator[Copy]:
    with short_folder() as folder:
        project = folder / "project"
        for name in NEEDED:
            shutil.copytree(
                PROJECT / name, project / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        for name in ("manage.py", "Procfile"):
            shutil.copy(PROJECT / name, project / name)
        copy = Copy(project, folder / "data")
        # A key of the test's own: only a first start, which makes a key, adds the demo data.
        yield copy.start("dev", OPENAI_BASE_URL="", OPENAI_API_KEY="", BOOTSTRAP_API_KEY="key")
        copy.end_if_running()


def shown(condition: Callable[[], bool]) -> float:
    """Seconds until the condition holds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < SHOWN_SECONDS, "the change is not shown"
        time.sleep(0.05)
    return time.monotonic() - began


def page(copy: Copy) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{copy.port}/sign-in/") as answer:
        return str(answer.read().decode())


def created_name(copy: Copy) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{copy.port}/v1/assistants",
        data=json.dumps({"model": "scripted", "name": "New"}).encode(),
        headers={
            "Authorization": "Bearer key",
            "Content-Type": "application/json",
            "OpenAI-Beta": "assistants=v2",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return str(json.load(answer)["name"])
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return ""  # between two processes


def service(copy: Copy) -> Path:
    """The module that creates assistants."""
    modules = (copy.project / "assistants_app" / "services").rglob("*.py")
    return next(path for path in modules if "\ndef create_assistant(" in path.read_text())


def test_a_template_is_shown_at_once(dev: Copy) -> None:
    template = dev.project / "templates" / "accounts" / "sign_in.html"
    assert "edited template" not in page(dev)
    template.write_text(
        template.read_text().replace("{% endblock", "edited template{% endblock", 1)
    )
    assert shown(lambda: "edited template" in page(dev)) < SHOWN_SECONDS


def test_static_files_come_from_where_they_are_edited(dev: Copy) -> None:
    [path] = re.findall(r'href="(/static/css/app\.css)"', page(dev))
    styles = dev.project / "static" / "css" / "app.css"
    styles.write_text(styles.read_text() + "\n/* edited style */\n")
    with urllib.request.urlopen(f"http://127.0.0.1:{dev.port}{path}") as answer:
        assert b"edited style" in answer.read()


def test_an_edited_service_answers_after_a_moment(dev: Copy) -> None:
    assert created_name(dev) == "New"
    module = service(dev)
    text = module.read_text()
    module.write_text(text + EDIT)
    assert shown(lambda: created_name(dev) == "Edited") < SHOWN_SECONDS


def test_mistakes_are_reported_and_the_next_edit_mends_them(dev: Copy) -> None:
    # A page's module is first imported by a request, so its error doesn't end the process.
    module = dev.project / "assistants_app" / "web" / "files" / "list.py"
    text = module.read_text()
    module.write_text(text + "\nthis is no Python\n")
    dev.read_until("The site answers with status 500. Its log says why.")
    if "SyntaxError" not in dev.output:  # the rest of the log comes through a pipe of its own
        dev.read_until("SyntaxError")
    settings = dev.project / "playground" / "settings.py"
    right = settings.read_text()
    settings.write_text(right + "\nthis is no Python\n")
    dev.read_until("web ended with status 1. It starts again when you change the code.")
    settings.write_text(right)
    module.write_text(text)
    dev.read_until("Restarted in")
    assert created_name(dev) != ""
    assert re.search(r"Restarted in \d+\.\d s after a change: assistants_app/web", dev.output)
