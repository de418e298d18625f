"""The order in which each person sees the columns."""

from collections import Counter

from assistants_app.domain.compare.blind import letter, shuffled

KEYS = ["one", "two", "three"]


def order(person: str, comparison: str = "cmp_1", secret: str = "s") -> list[str]:
    return shuffled(KEYS, comparison_id=comparison, person=person, secret=secret)


def test_an_order_stays_and_has_all_columns() -> None:
    assert order("1") == order("1")
    assert sorted(order("1")) == sorted(KEYS)


def test_people_comparisons_and_sites_have_orders_of_their_own() -> None:
    people = {tuple(order(str(person))) for person in range(50)}
    assert len(people) == 6
    assert len({tuple(order("1", f"cmp_{number}")) for number in range(50)}) == 6
    assert len({tuple(order("1", secret=str(number))) for number in range(50)}) == 6


def test_no_place_is_preferred() -> None:
    first = Counter(order(str(person))[0] for person in range(3000))
    assert all(900 < count < 1100 for count in first.values())


def test_the_order_of_the_keys_does_not_matter() -> None:
    turned = shuffled(KEYS[::-1], comparison_id="cmp_1", person="1", secret="s")
    assert turned == order("1")


def test_letters() -> None:
    assert [letter(place) for place in range(4)] == ["A", "B", "C", "D"]
