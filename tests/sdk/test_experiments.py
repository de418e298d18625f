"""The script for builds in docs/experiments.md, as it stands there."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.live import API_KEY, ROOT, LiveSite, form_token

PAGE = ROOT / "docs" / "experiments.md"


@pytest.fixture(scope="module")
def set_id(site: LiveSite) -> str:
    """The sample set, which only a page adds."""
    with httpx2.Client(base_url=site.url) as browser:
        form = {"csrfmiddlewaretoken": form_token(site.sign_in_client(browser).text)}
        answer = browser.post(f"/p/{site.project_id}/tests/sample/", data=form)
    return str(answer.headers["location"].rstrip("/").rpartition("/")[2])


def run_script(site: LiveSite, folder: Path, request: dict[str, Any]) -> Any:
    """Run the script of the page in this folder."""
    below = PAGE.read_text(encoding="utf-8").partition("### From anywhere else")[2]
    [script] = re.findall(r"```python\n(.*?)```", below, re.DOTALL)
    (folder / "script.py").write_text(script, encoding="utf-8")
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "script.py", "request.json"],
        cwd=folder,
        env={"OPENAI_BASE_URL": site.base_url, "OPENAI_API_KEY": API_KEY},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_build_passes_or_fails_by_the_script(
    site: LiveSite, provider: ScriptedProvider, set_id: str, tmp_path: Path
) -> None:
    variants = [{"model": MODEL, "name": "A"}, {"model": MODEL, "name": "B", "temperature": 0}]
    request = {"test_set": set_id, "variants": variants, "gate": {"margin": 1}, "at_once": 16}
    done = run_script(site, tmp_path, request)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^B: \d+ of 12 cells passed\.$", done.stdout, re.MULTILINE)
    assert ElementTree.parse(tmp_path / "results.xml").getroot().get("tests") == "24"

    # The scripted reply is the right answer to none of the questions.
    done = run_script(site, tmp_path, {"test_set": set_id, "variants": variants[:1]})
    assert done.returncode == 100, done.stderr
    assert "required rows don't pass" in done.stdout

    done = run_script(site, tmp_path, {"test_set": "no such set", "variants": variants})
    assert done.returncode == 1
    assert "No test set found with id or name 'no such set'." in done.stderr
