"""The libraries that code can import, and what to say about others."""

import os
import re
import sys
from importlib.util import find_spec

LIBRARIES = (
    "numpy, pandas, scipy, sympy, matplotlib, seaborn, scikit-learn, statsmodels, networkx, "
    "pillow, opencv, plotly, pyarrow, beautifulsoup4, lxml, pyyaml, openpyxl, xlsxwriter, xlrd, "
    "python-docx, python-pptx, pypdf, reportlab and tabulate"
)
NO_INSTALL = (
    "Nothing can be installed here, because there is no network. These libraries are available: "
    f"{LIBRARIES}."
)
NO_NETWORK = "There is no network here. Files that the user has attached are in /mnt/data."
PLOTLY = (
    "Plotly figures can't be shown or saved as images here. Save them as HTML with "
    "figure.write_html('/mnt/data/figure.html'), or use matplotlib."
)
# The large ones have a folder of their own. `make run` fills it while sessions are already in use.
MORE = "/opt/sandbox/more"
_STAMP, _UNFINISHED = f"{MORE}/.installed-sandbox-more", f"{MORE}/.installing"
_LATE = {"cv2": "OpenCV", "plotly": "Plotly", "pyarrow": "PyArrow"}
# What pandas and others raise about a library that they need.
_ASKS_FOR_MORE = re.compile(r"\b(?:pip|conda)\b")
_INSTEAD = {
    "docx2txt": "Use docx instead.",
    "fitz": "Use pypdf instead.",
    "fpdf": "Use reportlab instead.",
    "html5lib": "Use lxml instead.",
    "imageio": "Use PIL instead.",
    "pdfplumber": "Use pypdf instead.",
    "polars": "Use pandas instead.",
    "pymupdf": "Use pypdf instead.",
    "PyPDF2": "Use pypdf instead.",
    "skimage": "Use cv2 or scipy.ndimage instead.",
    "torch": "Use sklearn instead.",
    "weasyprint": "Use reportlab instead.",
    "xgboost": "Use sklearn instead.",
}


def more_is_there() -> bool:
    """Return whether the large libraries are complete."""
    # In this order: an install that repeats itself has both.
    return os.path.exists(_STAMP) and not os.path.exists(_UNFINISHED)  # noqa: PTH110


def add_more() -> bool:
    """Make the large libraries importable, here and in programs that code starts, once they are
    there. Return whether they are.
    """
    if MORE in sys.path:
        return True
    if not more_is_there():
        return False
    sys.path.append(MORE)
    os.environ["PYTHONPATH"] = f"{os.environ.get('PYTHONPATH', '')}:{MORE}".lstrip(":")
    return True


def hint(error: object) -> str:
    """Return what to do about an error that comes from the sandbox, or an empty text."""
    if isinstance(error, ModuleNotFoundError):
        return _hint_on_import((error.name or "").partition(".")[0])
    if isinstance(error, ImportError) and _ASKS_FOR_MORE.search(str(error)):
        late = next((module for module in _LATE if module in str(error)), None)
        return (late and _hint_on_import(late)) or NO_INSTALL
    if isinstance(error, ValueError) and ("nbformat" in str(error) or "kaleido" in str(error)):
        return PLOTLY
    if type(error).__name__ in {"URLError", "gaierror"}:
        return NO_NETWORK
    return ""


def _hint_on_import(module: str) -> str:
    if module in _LATE and not more_is_there():
        return (
            f"{_LATE[module]} is still being installed on this server. Try again in a few minutes, "
            "or do without it."
        )
    # A misspelled module of a library that is there.
    if module in sys.modules or find_spec(module) is not None:
        return ""
    return f"{NO_INSTALL} {_INSTEAD[module]}" if module in _INSTEAD else NO_INSTALL
