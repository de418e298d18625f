"""Sizes that keep the code readable. Raised only with a reason that stands beside the number."""

import ast
import gzip
import io
import re
import subprocess
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from playground.page_scripts import join_modules

ROOT = Path(__file__).resolve().parent.parent
SOURCE_LINES = 400
FUNCTION_LINES = 60
FUNCTION_LINES_P95 = 40
TEMPLATE_LINES = 250
TEMPLATE_LINE_LENGTH = 120
PACKAGE_MODULES = 20
# Bytes on the wire: a budget of lines rewarded dense code.
# Of one page, as it is sent. With htmx, a page has 45 KB of scripts.
OWN_SCRIPT_BYTES_GZIPPED = 28_600
# Of the classic scripts that all pages load before that.
FIRST_SCRIPTS_BYTES_GZIPPED = 3_600


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
    scripts = ROOT / "static" / "js"
    sizes = {
        page.stem: len(gzip.compress(_joined(page.relative_to(scripts).as_posix()).encode()))
        for page in (scripts / "pages").glob("*.js")
    }
    assert {name: size for name, size in sizes.items() if size > OWN_SCRIPT_BYTES_GZIPPED} == {}


def test_scripts_of_every_page_stay_light() -> None:
    base = (ROOT / "templates" / "base.html").read_text(encoding="utf-8")
    first = re.findall(r"""<script src="{% static '([^']+)' %}"></script>""", base)
    sources = [(ROOT / "static" / name).read_bytes() for name in first]
    assert sum(len(gzip.compress(source)) for source in sources) <= FIRST_SCRIPTS_BYTES_GZIPPED
    assert {"js/forms/early.js", "js/forms/under_way.js"} <= set(first)


def _joined(page: str) -> str:
    return join_modules(page, lambda name: (ROOT / "static/js" / name).read_text(encoding="utf-8"))


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


# Words that made about every fifth sentence of this project need a second reading.
HARD_TO_READ = re.compile(
    r"\b(anew|befits?|whoever|so many|in hand|by hand|what came of|how many there were|tells|told)"
    r"\b",
    re.IGNORECASE,
)


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the docstrings and comments of Python, and every line of other files, by number."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, documented) and (docstring := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), docstring
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_prose_is_plain_english() -> None:
    pages = tracked("*.md", "templates/*.html", "static/js/*.js", "static/css/*.css")
    code = tracked("assistants_app/*.py", "playground/*.py", "installer/*.py")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {word[0]}"
        for path in (*pages, *code)
        for number, text in prose_of(path)
        for word in HARD_TO_READ.finditer(text)
    ]
    assert found == []
