"""The tables of settings in docs/operations.md, made from the declarations in the code.

``python -m tests.settings_page`` rewrites them (`make settings`).
"""

from itertools import groupby
from pathlib import Path

from assistants_app import conf
from assistants_app.domain.settings import Setting, plain
from playground import variables

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operations.md"
BEGIN, END = "<!-- settings -->\n", "<!-- /settings -->\n"
# The largest unit that divides the value is named beside it.
LARGER = {
    "bytes": ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")),
    "seconds": ((3600, "hours"), (60, "minutes")),
}


def tables() -> str:
    """Return a table for each subject, with its heading."""
    declared = {**variables.SETTINGS, **conf.SETTINGS}
    parts = []
    for subject, group in groupby(declared.items(), key=lambda item: item[1].subject):
        rows = [f"| `{name}` | {_default(one)} | {one.meaning} |\n" for name, one in group]
        parts.append(
            f"\n### {subject}\n\n| Setting | Default | Meaning |\n|---|---|---|\n{''.join(rows)}"
        )
    return "".join(parts) + "\n"


def page_with(tables: str) -> str:
    """Return the page with these tables between its marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    assert mark, f"{PAGE} lacks its marks."
    return before + BEGIN + tables + END + after


def _default(setting: Setting) -> str:
    value = setting.default
    if setting.shown:
        return setting.shown
    if setting.same_as:
        return f"the value of `{setting.same_as}`"
    if value is None:
        return "required"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        unit = f" {setting.unit}" if setting.unit else ""
        return f"`{plain(value)}`{unit}{_in_larger_unit(value, setting.unit)}"
    return f"`{','.join(value) if isinstance(value, list) else value}`"


def _in_larger_unit(value: float, unit: str) -> str:
    for size, name in LARGER.get(unit, ()):
        if value > size and value % size == 0:
            return f" ({plain(value / size)} {name})"
    return ""


if __name__ == "__main__":
    PAGE.write_text(page_with(tables()), encoding="utf-8")
