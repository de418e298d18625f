"""Whom a page shows, depending on where its person is."""

from assistants_app.events.whereabouts import Whereabouts
from assistants_app.realtime import company
from assistants_app.realtime.company import Shown, Surroundings, message_about
from assistants_app.realtime.frames import contents_of

ALICE = Whereabouts(1, "Alice", "t1", "a1")
BOB = Whereabouts(2, "Bob", "t1", "a2")
CAROL = Whereabouts(3, "Carol", "t2", "a1")
DAN = Whereabouts(4, "Dan", "t3", "a3")
ADA = Whereabouts(5, "Ada")


def names(shown: Shown) -> list[tuple[str, bool]]:
    return [(person.name, person.is_near) for person in shown.company.people]


def test_others_in_the_thread_come_before_others_at_the_assistant() -> None:
    around = Surroundings([CAROL, BOB, ALICE, DAN, ADA])
    assert names(around.seen_from(ALICE)) == [("Bob", True), ("Carol", False)]
    assert names(around.seen_from(BOB)) == [("Alice", True)]
    assert names(around.seen_from(DAN)) == names(around.seen_from(ADA)) == []


def test_a_person_with_several_pages_is_one() -> None:
    elsewhere = Whereabouts(2, "Bob", "t2", "a1")
    around = Surroundings([BOB, BOB, elsewhere, ALICE, ALICE])
    assert names(around.seen_from(ALICE)) == [("Bob", True)]
    assert names(around.seen_from(elsewhere)) == [("Alice", False)]


def test_only_a_part_of_many_people_is_listed(monkeypatch: object) -> None:
    crowd = [Whereabouts(number, f"P{number:04}", "t1") for number in range(1000)]
    around = Surroundings(crowd)
    shown = [around.seen_from(each) for each in crowd]
    assert names(shown[0])[0] == ("P0001", True)
    assert {(len(each.company.people), each.company.others) for each in shown} == {
        (company.LISTED, 1000 - 1 - company.LISTED)
    }
    # So few messages serve all of them.
    assert len(set(shown)) == company.LISTED + 1


def test_those_who_write_are_shown_in_the_same_thread() -> None:
    writing = Whereabouts(2, "Bob", "t1", "a2", "call_1")
    too = Whereabouts(6, "Ann", "t1", "a2", "call_1")
    around = Surroundings([ALICE, writing, writing, too, CAROL])
    assert around.seen_from(ALICE).writing == (("call_1", ("Ann", "Bob")),)
    assert around.seen_from(writing).writing == (("call_1", ("Ann",)),)
    assert around.seen_from(CAROL).writing == ()


def test_the_message_is_for_htmx_and_for_the_card() -> None:
    writing = Whereabouts(2, "Bob", "t1", "a2", "call_1")
    message = contents_of(message_about(Surroundings([writing]).seen_from(ALICE)))
    assert message["target"] == "#people"
    assert "Also here: Bob" in message["content"]
    assert message["writing"] == {"call_1": "Bob is writing this output."}
    empty = contents_of(message_about(Shown()))
    assert (empty["content"], empty["writing"]) == ("", {})
    # Without this, htmx would leave the last person on the page.
    assert "swapEmpty:true" in empty["swap"]
