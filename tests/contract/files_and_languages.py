"""Writes the section "Files and languages" of docs/compatibility.md from the corpus of files."""

from collections.abc import Iterable, Iterator

from tests.retrieval.corpus.cases import OUR_TESTS, Corpus

INTRODUCTION = """\
Which files does file search read as their reader sees them? The tests have small files of each
format (`tests/retrieval/corpus/`): everyday ones, and damaged or misleading ones. They come from
the programs in this table and from our tests. A test reads each file and checks its text: what must
be there and in which order, and what must not.
"""


def section(corpora: Iterable[Corpus]) -> Iterator[str]:
    """Yield the section's lines."""
    corpora = list(corpora)
    yield from ("## Files and languages", "", INTRODUCTION)
    yield from ("| format | files | written by | what the tests check |", "|---|---|---|---|")
    yield from (_format_line(corpus) for corpus in corpora)
    yield from ("", "| language | encodings |", "|---|---|")
    yield from _language_lines(corpora)


def _format_line(corpus: Corpus) -> str:
    writers = {case.writer for case in corpus.cases} - {OUR_TESTS}
    written = [*sorted(writers, key=str.lower), OUR_TESTS]
    checked = dict.fromkeys(case.shows for case in corpus.cases if case.shows)
    return " | ".join(
        (
            f"| {corpus.title} (`.{corpus.ending}`)",
            str(len(corpus.cases)),
            ", ".join(written),
            f"{', '.join(checked)} |",
        )
    )


def _language_lines(corpora: list[Corpus]) -> Iterator[str]:
    encodings: dict[str, set[str]] = {}
    for corpus in corpora:
        for case in corpus.cases:
            if case.language:
                encodings.setdefault(case.language, set()).add(_shown(case.encoding))
    for language in sorted(encodings):
        yield f"| {language} | {', '.join(sorted(encodings[language], key=str.lower))} |"


def _shown(encoding: str) -> str:
    return encoding.upper().replace("_", "-") if encoding else "UTF-8"
