"""What code finds in a session: libraries, programs, fonts, and advice about what is missing."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistants_app.sandbox.environment import FONTS
from assistants_app.sandbox.guest.fonts import FONT_COMES_LATE
from assistants_app.sandbox.guest.libraries import LIBRARIES, NO_INSTALL, NO_NETWORK, PLOTLY
from assistants_app.sandbox.limits import SandboxConfig
from assistants_app.sandbox.local import LocalSandbox
from tests.sandbox.conftest import ENVIRONMENT
from tests.sandbox.interpreter import Interpreter, text

MODULES = {
    "beautifulsoup4": "bs4",
    "opencv": "cv2",
    "pillow": "PIL",
    "pypdf": "pypdf",
    "python-docx": "docx",
    "python-pptx": "pptx",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
}
WORDS = {
    "Arabic": "مبيعات",
    "Armenian": "Վաճառք",
    "Bengali": "বিক্রয়",
    "Burmese": "အရောင်း",
    "Chinese, simplified": "销售额",
    "Chinese, traditional": "銷售額",
    "Cyrillic": "Продажи",
    "emoji": "🚀📈",
    "Ethiopic": "ሽያጭ",
    "Georgian": "გაყიდვები",
    "Greek": "Πωλήσεις",
    "Gujarati": "વેચાણ",
    "Gurmukhi": "ਵਿਕਰੀ",
    "Hebrew": "מכירות",
    "Hindi": "बिक्री क्षत्रिय",
    "Japanese": "売上高カタカナ",
    "Kannada": "ಮಾರಾಟ",
    "Khmer": "ការលក់",
    "Korean": "매출액",
    "Lao": "ການຂາຍ",
    "Malayalam": "വിൽപ്പന",
    "Odia": "ବିକ୍ରୟ",
    "Sinhala": "අලෙවිය",
    "Tamil": "விற்பனை",
    "Telugu": "అమ్మకాలు",
    "Thai": "ยอดขาย",
    "Tibetan": "ཚོང་",
    "Vietnamese": "Doanh số",
}
# A letter that no font has is a warning of matplotlib, which becomes an error here.
DRAW = """
import io, warnings
import matplotlib.pyplot as plt
def draw(*words):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph")
        figure, axes = plt.subplots()
        axes.set_title(" ".join(words), weight="bold")
        figure.savefig(io.BytesIO(), format="png")
        figure.savefig(io.BytesIO(), format="pdf")
        figure.savefig(io.BytesIO(), format="svg")
        plt.close(figure)
"""


@pytest.fixture(scope="module")
def sandbox_without_more(
    config: SandboxConfig, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LocalSandbox, Path]]:
    """A sandbox whose large libraries are still being installed, and the folder for them."""
    folder = tmp_path_factory.mktemp("late") / "box"
    folder.symlink_to(ENVIRONMENT)
    more = folder.with_name("box-more")
    more.mkdir()
    for part in (*folder.parents, more):
        if part.stat().st_mode & 0o005 != 0o005:
            part.chmod(part.stat().st_mode | 0o005)
    sandbox = LocalSandbox(SandboxConfig(environment=folder, watch_seconds=0.05))
    yield sandbox, more
    sandbox.shut_down()


def test_every_library_that_the_model_knows_of_can_be_imported(python: Interpreter) -> None:
    names = re.split(", | and ", LIBRARIES)
    modules = [MODULES.get(name, name) for name in names]
    assert len(modules) > 20
    execution = python.run(f"import {', '.join(modules)}")
    assert execution.ended == "ok", execution.error


def test_figures_have_the_letters_of_the_worlds_scripts(python: Interpreter) -> None:
    python.say(f"{DRAW}\ndraw(*{list(WORDS.values())!r})")


@pytest.mark.parametrize(
    "style",
    [
        "import seaborn; seaborn.set_theme()",
        "plt.style.use('ggplot')",
        "plt.rcParams['font.family'] = 'SimHei'",
        "plt.rcParams['font.family'] = 'Comic Sans MS'",
        "plt.rcParams['font.sans-serif'] = ['Microsoft YaHei']",
        "plt.rcParams['font.family'] = ['serif']",
        "plt.rcdefaults()",
    ],
)
def test_figures_have_all_letters_whatever_font_is_set(style: str, python: Interpreter) -> None:
    words = [WORDS["Chinese, simplified"], WORDS["Hindi"], WORDS["Arabic"]]
    execution = python.run(f"{DRAW}\n{style}\ndraw(*{words!r})")
    assert execution.ended == "ok", execution.error
    assert "findfont" not in text(execution)


def test_programs_that_code_starts_draw_the_same_letters(python: Interpreter) -> None:
    program = f"{DRAW}\ndraw({WORDS['Thai']!r}, {WORDS['Japanese']!r})"
    python.say(f"from pathlib import Path; Path('plot.py').write_text({program!r});")
    assert "drawn" in python.say("!python3 plot.py && echo drawn")


@pytest.mark.parametrize(
    "code",
    [
        "%pip install torch",
        "%conda install torch",
        "!pip install torch",
        "!pip3 install -q torch",
        "!python -m pip install torch",
        "!python3 -m pip install torch",
        "import subprocess, sys\n"
        "command = [sys.executable, '-m', 'pip', 'install', 'x']\n"
        "print(subprocess.run(command, capture_output=True).stderr.decode())",
    ],
)
def test_an_attempt_to_install_says_what_is_there(code: str, python: Interpreter) -> None:
    execution = python.run(code)
    assert NO_INSTALL in text(execution)
    assert execution.duration_seconds < 10


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("import nothing_like_this", NO_INSTALL),
        ("import pandas; pandas.read_html('<table>', flavor='html5lib')", NO_INSTALL),
        ("from pdfplumber.pdf import PDF", f"{NO_INSTALL} Use pypdf instead."),
        ("import urllib.request as r; r.urlopen('https://example.com')", NO_NETWORK),
        ("import plotly.graph_objects as go; go.Figure().show()", PLOTLY),
        ("import plotly.graph_objects as go; go.Figure().write_image('/tmp/a.png')", PLOTLY),
    ],
)
def test_an_error_of_the_sandbox_comes_with_advice(
    code: str, advice: str, python: Interpreter
) -> None:
    execution = python.run(code)
    assert execution.error is not None
    assert execution.error.endswith(advice)


def test_an_error_of_the_code_comes_without(python: Interpreter) -> None:
    for code in (
        "1 / 0",
        "open('/mnt/data/none')",
        "int('x')",
        "from json import nothing",
        "import numpy.nothing",
    ):
        assert NO_INSTALL not in str(python.run(code).error), code


def test_python_programs_are_those_of_the_session(python: Interpreter) -> None:
    code = "!python -c 'import sys, pandas; print(sys.version_info[:2], sys.executable)'"
    assert "/opt/sandbox/bin/python" in python.say(code)


def test_large_libraries_arrive_while_sessions_run(
    sandbox_without_more: tuple[LocalSandbox, Path],
) -> None:
    sandbox, more = sandbox_without_more
    session = Interpreter(sandbox)
    before = session.run("import cv2")
    assert "OpenCV is still being installed" in str(before.error)
    table = "import io, pandas; pandas.DataFrame({'a': [1]}).to_parquet(io.BytesIO())"
    assert "PyArrow is still being installed" in str(session.run(table).error)
    figure = "import matplotlib.pyplot as plt; plt.title('销售额'); plt.show()"
    assert FONT_COMES_LATE in session.say(figure)
    (more / "cv2.py").write_text("LATE = 1\n")
    (more / ".installing").touch()
    (more / ".installed-sandbox-more").touch()
    assert "still being installed" in str(session.run("import cv2").error)
    (more / ".installing").unlink()
    session.say("import cv2; assert cv2.LATE")
    assert "found" in session.say("!python3 -c 'import cv2; assert cv2.LATE' && echo found")


def test_fonts_match_their_lock_file_and_have_a_licence() -> None:
    rows = json.loads((FONTS / "fonts.lock.json").read_text(encoding="utf-8"))
    assert {row["file"] for row in rows} == {path.name for path in FONTS.glob("*.ttf")}
    for row in rows:
        digest = hashlib.sha256((FONTS / row["file"]).read_bytes()).hexdigest()
        assert digest == row["sha256"], row["file"]
        assert row["licence"] == "OFL-1.1"
        assert row["version"]
    assert "SIL OPEN FONT LICENSE" in (FONTS / "LICENSE").read_text(encoding="utf-8")
