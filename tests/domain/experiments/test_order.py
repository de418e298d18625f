"""A seed decides the order of cells and what models are given."""

from collections import Counter

from assistants_app.domain.experiments.order import places, seed_of_repeat

GROUPS = [(f"row{number}", repeat) for number in range(30) for repeat in (1, 2)]


def test_each_cell_has_a_place_of_its_own() -> None:
    found = places(GROUPS, 3, seed=1, first=100)
    assert sorted(found.values()) == list(range(100, 100 + 180))
    assert {(row, repeat) for row, repeat, _ in found} == set(GROUPS)


def test_variants_of_a_repeat_follow_each_other_in_changing_order() -> None:
    order = sorted(places(GROUPS, 3, seed=1).items(), key=lambda one: one[1])
    triples = [[cell for cell, _ in order[at : at + 3]] for at in range(0, len(order), 3)]
    assert all(len({cell[:2] for cell in triple}) == 1 for triple in triples)
    firsts = Counter(triple[0][2] for triple in triples)
    assert min(firsts[position] for position in range(3)) > 10


def test_a_seed_gives_the_same_order_and_another_one_another() -> None:
    assert places(GROUPS, 2, seed=5) == places(GROUPS, 2, seed=5)
    assert places(GROUPS, 2, seed=5) != places(GROUPS, 2, seed=6)
    # In no order of the set, which may be sorted by difficulty.
    order = places(GROUPS, 2, seed=5)
    assert sorted(order, key=lambda cell: order[cell]) != sorted(order)


def test_repeats_have_seeds_of_their_own() -> None:
    seeds = {seed_of_repeat(1, row, repeat) for row, repeat in GROUPS}
    assert len(seeds) == len(GROUPS)
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert seed_of_repeat(1, "a", 1) == seed_of_repeat(1, "a", 1) != seed_of_repeat(2, "a", 1)
