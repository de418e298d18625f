"""The local embedder: its vectors, and the process that all embedders share."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from assistants_app.domain.embeddings import Embedder, EmbeddingError, Vector
from assistants_app.retrieval.embed import MULTILINGUAL, LocalEmbedder
from assistants_app.retrieval.embed.identity import BUNDLED

CHUNKS = [
    "To reset a forgotten password, press the link below the sign-in form.",
    "Bread is baked at 230 degrees for forty minutes.",
    "The ferry to the island leaves every morning at nine.",
]


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(
        tempfile.mkdtemp(prefix="embed-")
    )  # the paths of pytest's folders are too long for a socket
    yield path
    for process in servers(path):
        process.kill()
        process.wait(10)
    shutil.rmtree(path)


@pytest.fixture
def embedder(folder: Path) -> Iterator[LocalEmbedder]:
    made = LocalEmbedder(folder, threads=1)
    yield made
    made.close()


def servers(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(str(folder) in part for part in process.cmdline()[3:]):
                found.append(process)
    return found


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_a_question_is_closest_to_the_chunk_that_answers_it(embedder: Embedder) -> None:
    chunks = embedder.embed(CHUNKS)
    questions = ["I cannot log in any more", "How long does it take in the oven?", "boat timetable"]
    for at, question in enumerate(questions):
        (vector,) = embedder.embed([question], "query")
        scores = [cosine(vector, chunk) for chunk in chunks]
        assert scores.index(max(scores)) == at


def test_vectors_have_the_dimension_and_length_one(embedder: LocalEmbedder) -> None:
    vectors = embedder.embed([*CHUNKS, "", "日本語", "x" * 5000])
    assert {len(vector) for vector in vectors} == {embedder.dimension}
    assert [round(cosine(vector, vector), 5) for vector in vectors] == [1.0] * 6
    assert embedder.embed([]) == []


def test_the_end_of_a_long_text_counts(embedder: LocalEmbedder) -> None:
    filler = "Nothing of note was said about the weather that day. " * 60
    with_end, without, question = embedder.embed(
        [filler + CHUNKS[0] * 5, filler, "forgotten password"]
    )
    assert cosine(with_end, question) > cosine(without, question) + 0.1


def test_order_is_kept_over_many_texts(embedder: LocalEmbedder) -> None:
    texts = [CHUNKS[number % 3] * (1 + number % 4) for number in range(70)]
    vectors = embedder.embed(texts)
    assert vectors[5] == vectors[17] == embedder.embed([texts[5]])[0]
    assert vectors[69] == embedder.embed([texts[69]])[0]


def test_embedders_share_one_process(folder: Path) -> None:
    others = [LocalEmbedder(folder, threads=1) for _ in range(4)]
    threads = [threading.Thread(target=one.embed, args=(CHUNKS,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(servers(folder)) == 1
    for one in others:
        one.close()


def test_a_query_does_not_wait_behind_chunks(embedder: LocalEmbedder) -> None:
    embedder.embed(["warm"])
    ended: list[str] = []

    def chunks() -> None:
        embedder.embed([text * 40 for text in CHUNKS * 6])
        ended.append("chunks")

    thread = threading.Thread(target=chunks)
    thread.start()
    embedder.embed(["Where does the ferry go?"], "query")
    ended.append("query")
    thread.join()
    assert ended == ["query", "chunks"]


def test_a_killed_process_is_started_again(folder: Path, embedder: LocalEmbedder) -> None:
    before = embedder.embed(CHUNKS)
    (server,) = servers(folder)
    server.kill()
    server.wait(10)
    assert embedder.embed(CHUNKS) == before


@pytest.mark.parametrize("then", ["sys.stdin.read()", "made.embed(['ferry ' * 100_000] * 5)"])
def test_the_process_ends_with_its_last_user_even_if_that_was_killed(
    folder: Path, then: str
) -> None:
    source = (
        "import sys, pathlib; from assistants_app.retrieval.embed import LocalEmbedder;"
        "made = LocalEmbedder(pathlib.Path(sys.argv[1]), threads=1); made.embed(['x']);"
        f"print('asked', flush=True); {then}"
    )
    user = subprocess.Popen(
        [sys.executable, "-c", source, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"asked\n"
        running = [process for process in servers(folder) if process.pid != user.pid]
        os.kill(user.pid, signal.SIGKILL)
    gone, alive = psutil.wait_procs(running, timeout=20)
    assert (len(gone), alive) == (1, [])
    assert not list(folder.glob("*.sock"))


def test_an_idle_process_ends(folder: Path) -> None:
    embedder = LocalEmbedder(folder, threads=1, idle_seconds=1.0)
    before = embedder.embed(["x"])
    psutil.wait_procs(servers(folder), timeout=20)
    assert servers(folder) == []
    assert embedder.embed(["x"]) == before
    embedder.close()


def test_a_process_whose_folder_is_gone_ends_without_output(folder: Path) -> None:
    command = [sys.executable, "-m", "assistants_app.retrieval.embed.server"]
    arguments = [str(folder / "gone" / "embed.sock"), BUNDLED.name, "1", "0.1"]
    (folder / "gone").mkdir()
    with subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        shutil.rmtree(folder / "gone")
        _, errors = server.communicate(timeout=60)
    assert (server.returncode, errors) == (0, b"")


def test_a_folder_whose_path_is_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match="too long"):
        LocalEmbedder(tmp_path / ("long" * 30))


def test_waiting_is_bounded(folder: Path) -> None:
    impatient = LocalEmbedder(folder, threads=1, timeout=0.05)
    started = time.monotonic()
    with pytest.raises(EmbeddingError, match="took more than"):
        impatient.embed([text * 200 for text in CHUNKS])
    assert time.monotonic() - started < 60


LANGUAGES = {
    "Wie lange muss das Brot backen?": 1,
    "密码忘了怎么办？": 0,
    "متى تغادر العبارة إلى الجزيرة؟": 2,
    "À quelle heure part le bateau ?": 2,
}


def test_the_multilingual_model_finds_chunks_in_another_language(folder: Path) -> None:
    embedder = LocalEmbedder(folder, model=MULTILINGUAL, threads=2)
    try:
        chunks = embedder.embed(CHUNKS)
        for question, at in LANGUAGES.items():
            [vector] = embedder.embed([question], "query")
            scores = [cosine(vector, chunk) for chunk in chunks]
            assert scores.index(max(scores)) == at, question
        odd = embedder.embed(["", "a\0b", "x" * 5000, "学习" * 2000, "word " * 3000])
        assert [round(cosine(vector, vector), 4) for vector in odd] == [1.0] * 5
        # The end of a long text counts, whichever script it is in.
        long, short = embedder.embed(["天气很好。" * 400 + CHUNKS[1] * 20, "天气很好。" * 400])
        [bread] = embedder.embed(["baking bread"], "query")
        assert cosine(long, bread) > cosine(short, bread)
    finally:
        embedder.close()


def test_each_model_has_a_process_of_its_own(folder: Path, embedder: LocalEmbedder) -> None:
    other = LocalEmbedder(folder, model=MULTILINGUAL, threads=1)
    try:
        [one], [two] = embedder.embed(["bread"]), other.embed(["bread"])
        assert len(one) == len(two) == embedder.dimension
        assert one != two
        assert len(servers(folder)) == 2
    finally:
        other.close()
