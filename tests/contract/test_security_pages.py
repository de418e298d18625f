"""The security checklist is complete, and cites what exists."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECKLIST = ROOT / "docs" / "security-checklist.md"
# The numbers of OWASP's ASVS 5.0.0 of levels 1 and 2, in its order.
STANDARD = (Path(__file__).with_name("asvs-5.0.0.txt")).read_text().split()
STATUSES = {"met", "partly", "operator", "not met", "n/a"}
ROW = re.compile(r"\| (V[\d.]+(?:(?:, | – )V[\d.]+)*) ([^|]+) \| ([^|]+) \| ([^|]+) \|")


def rows() -> Iterator[tuple[list[str], str, str]]:
    """Yield the requirements, the status and the explanation of each row."""
    for line in CHECKLIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("| V"):
            found = ROW.fullmatch(line)
            assert found, line
            yield list(requirements(found[1])), found[3], found[4]


def requirements(cell: str) -> Iterator[str]:
    for part in cell.split(", "):
        first, _, last = part.partition(" – ")
        yield from STANDARD[STANDARD.index(first) : STANDARD.index(last or first) + 1]


def test_each_requirement_has_one_row() -> None:
    listed = [requirement for row in rows() for requirement in row[0]]
    assert Counter(listed) == Counter(STANDARD)


def test_the_summary_counts_the_rows() -> None:
    counts: Counter[str] = Counter()
    for found, status, _ in rows():
        counts[status] += len(found)
    assert counts.keys() == STATUSES
    summary = CHECKLIST.read_text(encoding="utf-8").partition("## V1")[0]
    assert dict(re.findall(r"^\| ([a-z/ ]+) \| .* \| (\d+) \|$", summary, re.MULTILINE)) == {
        status: str(count) for status, count in counts.items()
    }


def test_what_the_checklist_names_exists() -> None:
    cited = {path for row in rows() for path in re.findall(r"`([\w./-]+/[\w./-]*)`", row[2])}
    assert len(cited) > 40
    assert sorted(path for path in cited if not (ROOT / path).exists()) == []
