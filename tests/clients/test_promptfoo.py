"""promptfoo reads what we have made of its configuration, and runs it against our API."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from assistants_app.domain.documents.yaml_text import as_yaml, read_yaml
from assistants_app.domain.test_sets.csv_out import csv_lines
from assistants_app.domain.test_sets.promptfoo.writing import promptfoo_document
from assistants_app.domain.test_sets.reading import read_tests
from tests.clients.environments import NODE, node_folder
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite

PROGRAM = node_folder("promptfoo") / "node_modules/promptfoo/dist/src/entrypoint.js"
CONFIGURATION = """
description: Cities
prompts: ['Name the {{ what }} of {{ country }}.']
defaultTest:
  assert:
    - {type: latency, threshold: 60000}
tests:
  - vars: {what: [capital, largest city], country: France, note: no}
    assert:
      - {type: icontains, value: paris, weight: 2, metric: city}
      - {type: javascript, value: output.length < 100}
      - {type: not-contains-any, value: [Rome, Oslo]}
      - {type: regex, value: '(?=Paris)'}
  - description: Fails
    vars: {what: capital, country: Norway}
    assert:
      - {type: equals, value: Oslo}
"""


def run_promptfoo(folder: Path, config: dict[str, Any]) -> list[dict[str, Any]]:
    """Evaluate a configuration. Return the results, one for each test."""
    given, out = folder / "config.yaml", folder / "out.json"
    given.write_text(as_yaml(config), encoding="utf-8")
    done = subprocess.run(
        [
            str(NODE),
            str(PROGRAM),
            "eval",
            "-c",
            given.name,
            "-o",
            out.name,
            "-j",
            "1",
            "--no-cache",
        ],
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "PROMPTFOO_CONFIG_DIR": str(folder),
            "PROMPTFOO_DISABLE_TELEMETRY": "1",
            "PROMPTFOO_DISABLE_UPDATE": "1",
            "OPENAI_API_KEY": API_KEY,
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert out.exists(), done.stdout + done.stderr
    results: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))["results"][
        "results"
    ]
    return results


@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", ["yaml", "csv"])
def test_promptfoo_runs_our_export_against_our_api(
    site: LiveSite, provider: ScriptedProvider, tmp_path: Path, way: str
) -> None:
    provider.enqueue(*(Reply(text="It is Paris.") for _ in range(3)))
    found = read_tests(CONFIGURATION.encode(), name="promptfooconfig.yaml")
    rows = [(f"row-{number}", row.content) for number, row in enumerate(found.rows)]
    config = promptfoo_document(found.name, found.kept, rows)
    assert read_yaml(as_yaml(config)) == config
    api = {"apiBaseUrl": site.base_url, "apiKey": API_KEY}
    config["providers"] = [{"id": "openai:chat:scripted-1", "config": api}]
    if way == "csv":
        (tmp_path / "tests.csv").write_text("".join(csv_lines(rows)), encoding="utf-8")
        config["tests"] = "file://tests.csv"
        config["prompts"] = ["{{__message}}"]
    results = run_promptfoo(tmp_path, config)
    assert [result["response"]["output"] for result in results] == ["It is Paris."] * 3
    assert [result["success"] for result in results] == [True, True, False]
    first = results[0]["gradingResult"]["componentResults"]
    kinds = [one["assertion"]["type"] for one in first]
    expected = ["latency", "icontains", "javascript", "not-contains-any", "regex"]
    # An assertion with a weight has no words in a cell. It comes back to us, not to promptfoo.
    assert kinds == (expected if way == "yaml" else [*expected[:1], *expected[2:]])
    assert results[0]["testCase"]["metadata"]["row_id"] == "row-0"
