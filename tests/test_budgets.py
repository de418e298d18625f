"""Sizes that keep the code readable. Raised only with a reason that stands beside the number."""

import ast
import gzip
import re
import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE_LINES = 400
FUNCTION_LINES = 60
FUNCTION_LINES_P95 = 40
TEMPLATE_LINES = 250
TEMPLATE_LINE_LENGTH = 120
PACKAGE_MODULES = 20
# Bytes on the wire: a budget of lines rewarded dense code.
OWN_SCRIPT_BYTES_GZIPPED = 45_000


def tracked(*patterns: str) -> list[Path]:
    """Files of the working tree, vendored ones and migrations left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return [
        ROOT / name
        for name in listed
        if "static/vendor/" not in name and "/migrations/" not in name and (ROOT / name).exists()
    ]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_source_files_stay_small() -> None:
    assert {str(path): lines(path) for path in tracked("*.py") if lines(path) > SOURCE_LINES} == {}


def test_functions_stay_small() -> None:
    sizes = {
        f"{path.name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in tracked("assistants_app/*.py", "playground/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: size for name, size in sizes.items() if size > FUNCTION_LINES} == {}
    assert sorted(sizes.values())[int(len(sizes) * 0.95)] <= FUNCTION_LINES_P95


def test_templates_stay_small() -> None:
    templates = tracked("templates/*.html")
    assert {str(path): lines(path) for path in templates if lines(path) > TEMPLATE_LINES} == {}


def test_own_scripts_stay_light() -> None:
    sizes = [len(gzip.compress(path.read_bytes())) for path in tracked("static/js/*.js")]
    assert sum(sizes) <= OWN_SCRIPT_BYTES_GZIPPED


def test_packages_stay_small() -> None:
    sizes = Counter(
        str(path.parent.relative_to(ROOT)) for path in tracked("*.py") if path.name != "__init__.py"
    )
    assert {name: size for name, size in sizes.items() if size > PACKAGE_MODULES} == {}


def test_modules_are_named_for_what_they_hold() -> None:
    vague = re.compile(r"_(parts|utils|helpers)$|^(parts|utils|helpers|common_utils|misc)$")
    assert [str(path) for path in tracked("*.py") if vague.search(path.stem)] == []


def test_templates_are_laid_out_to_be_read() -> None:
    long = {
        f"{path}:{number}"
        for path in tracked("templates/*.html")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > TEMPLATE_LINE_LENGTH
    }
    assert long == set()


def test_no_template_declares_html_safe() -> None:
    # Whoever makes HTML returns a SafeString, next to the code that escapes what goes into it.
    marks = re.compile(r"\|\s*safe(?:seq)?\b|{%\s*autoescape\s+off")
    found = [path for path in tracked("templates/*.html") if marks.search(path.read_text("utf-8"))]
    assert found == []
