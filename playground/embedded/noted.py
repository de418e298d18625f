"""Where the model of a running site is, for commands beside it (beside.py)."""

import json
from collections.abc import Mapping
from pathlib import Path

from playground.embedded.folders import keep_secret

FILE = "model.json"
VARIABLES = (
    *("LOCAL_MODEL_URL", "LOCAL_MODEL_KEY", "LOCAL_MODEL_NAME"),
    *("OPENAI_BASE_URL", "OPENAI_API_KEY"),
)


def note_model(data_dir: Path, exports: Mapping[str, str]) -> None:
    """Note which model of its own the site has, or that it has none. Raises LaunchError.

    `exports` are the environment variables that its processes get from the launcher.
    """
    own = {name: exports[name] for name in VARIABLES if name in exports}
    keep_secret(data_dir / FILE, json.dumps(own))


def noted_model(data_dir: Path) -> dict[str, str]:
    """Return the environment variables that name the model of the running site, if it has one."""
    try:
        found: dict[str, str] = json.loads((data_dir / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # Of an older version, or damaged: most commands ask no model.
        return {}
    return found
