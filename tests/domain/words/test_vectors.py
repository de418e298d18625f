"""Stored words keep within PostgreSQL's limits."""

import random
import re

from assistants_app.domain.words.vectors import plain_vector, stemmed_vector


def places_of(vector: str, word: str) -> list[int]:
    match = re.search(rf"'{word}':([\d,]+)", vector)
    return [int(place) for place in match[1].split(",")] if match else []


def test_words_have_places() -> None:
    assert plain_vector(["A b a", "c"]) == "'a':1,3 'b':2 'c':6"
    assert stemmed_vector(["", "The runners ran"], marks=["vs_1"]) == "'runner':4 'ran':5 'vs_1'"


def test_places_start_again_so_that_phrases_stay_together() -> None:
    vector = plain_vector(["word " * 20_000 + "sea horse"])
    [sea], [horse] = places_of(vector, "sea"), places_of(vector, "horse")
    assert horse == sea + 1 < 16_384
    assert len(places_of(vector, "word")) == 255


def test_a_large_text_of_rare_words_fits() -> None:
    choose = random.Random(1)
    text = "".join(chr(choose.randrange(0x4E00, 0x9FFF)) for _ in range(256_000))
    assert len(plain_vector([text]).encode()) < 2_500_000
    sizes = re.findall(r"'([^']+)'(?::([\d,]+))?", plain_vector([text]))
    stored = sum(len(word.encode()) + 2 * len(places.split(",")) for word, places in sizes)
    assert stored < 1_048_575


def test_long_words_are_cut() -> None:
    assert plain_vector(["a" * 10_000]) == f"'{'a' * 100}':1"
