"""Files that are kept beside the tests: see kept/README.md."""

from pathlib import Path

FOLDER = Path(__file__).parent / "kept"


def kept(name: str) -> bytes:
    """Return a kept file."""
    return (FOLDER / name).read_bytes()
