"""Each file of the corpus yields what its case expects, in text and in chunks."""

from pathlib import Path

import pytest

from assistants_app.retrieval.chunk import chunks_of
from assistants_app.retrieval.extract import ExtractionError, extract_file
from tests.retrieval.corpus.cases import Case, Corpus, corpora

LEAST_CASES = 15
CORPORA = corpora()
FILES = [
    pytest.param(
        case, case.filename or f"{case.name}.{corpus.ending}", id=f"{corpus.ending}-{case.name}"
    )
    for corpus in CORPORA
    for case in corpus.cases
]


@pytest.mark.parametrize(("case", "filename"), FILES)
def test_a_file_is_read_as_its_reader_sees_it(case: Case, filename: str, tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(case.bytes())
    if case.error:
        with pytest.raises(ExtractionError, match=case.error) as caught:
            extract_file(path, filename, content_type=case.content_type)
        assert caught.value.code != "server_error"
        return
    document = extract_file(path, filename, content_type=case.content_type)
    at = 0
    for words in case.keeps:
        assert words in document.text
        assert words in document.text[at:], f"{words!r} comes too early"
        at = document.text.index(words, at) + len(words)
        assert not case.times or document.text.count(words) == case.times
    for words in case.drops:
        assert words not in document.text
    for chunk in chunks_of(document):
        assert document.text[chunk.start : chunk.end] == chunk.text
        for words in case.in_every_chunk:
            assert words in chunk.text


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.ending)
def test_a_format_has_enough_files_of_different_names(corpus: Corpus) -> None:
    names = [case.name for case in corpus.cases]
    assert len(names) >= LEAST_CASES
    assert len(set(names)) == len(names)
