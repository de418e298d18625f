"""Who a page shows: the others in its thread or at its assistant, and those who write outputs."""

from collections import defaultdict
from typing import NamedTuple

from assistants_app.events.whereabouts import Whereabouts
from assistants_app.realtime.frames import message_of
from assistants_app.rendering.people.whereabouts import (
    Company,
    Person,
    render_company,
    writing_line,
)

LISTED = 30  # people by name
PEOPLE_ID = "people"  # of the element in the top bar


class Shown(NamedTuple):
    """What a page shows. `writing` has the names of those who write, by tool call."""

    company: Company = Company()
    writing: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Surroundings:
    """All people of a project, by where they are."""

    def __init__(self, people: list[Whereabouts]) -> None:
        self._in_thread: dict[str, dict[int, str]] = defaultdict(dict)
        self._at_assistant: dict[str, dict[int, str]] = defaultdict(dict)
        self._writing: dict[str, list[Whereabouts]] = defaultdict(list)
        self._ordered: dict[tuple[str, str], dict[int, Person]] = {}
        for each in people:
            if each.thread_id:
                self._in_thread[each.thread_id][each.user_id] = each.name
            if each.assistant_id:
                self._at_assistant[each.assistant_id][each.user_id] = each.name
            if each.thread_id and each.writing_for:
                self._writing[each.thread_id].append(each)

    def seen_from(self, here: Whereabouts) -> Shown:
        """Return what the page of somebody who is here shows."""
        return Shown(self._company_of(here), self._writing_beside(here))

    def _company_of(self, here: Whereabouts) -> Company:
        found = self._people_at(here.thread_id, here.assistant_id)
        count = len(found) - (here.user_id in found)
        # Not all of them: a thread may have a thousand viewers.
        people: list[Person] = []
        for person in found.values():
            if len(people) == LISTED:
                break
            if person.user_id != here.user_id:
                people.append(person)
        return Company(tuple(people), count - len(people))

    def _people_at(self, thread_id: str, assistant_id: str) -> dict[int, Person]:
        place = (thread_id, assistant_id)
        if (found := self._ordered.get(place)) is None:
            near = self._in_thread[thread_id] if thread_id else {}
            names = {**(self._at_assistant[assistant_id] if assistant_id else {}), **near}
            people = [Person(user_id, name, user_id in near) for user_id, name in names.items()]
            people.sort(key=lambda person: (not person.is_near, person.name, person.user_id))
            found = self._ordered[place] = {person.user_id: person for person in people}
        return found

    def _writing_beside(self, here: Whereabouts) -> tuple[tuple[str, tuple[str, ...]], ...]:
        names: dict[str, set[str]] = defaultdict(set)
        for each in self._writing.get(here.thread_id, ()):
            if each.user_id != here.user_id:
                names[each.writing_for].add(each.name)
        return tuple((call, tuple(sorted(found))) for call, found in sorted(names.items()))


def message_about(shown: Shown) -> bytes:
    """Return the message that makes a page show this."""
    return message_of(
        {
            "content": render_company(shown.company),
            "target": f"#{PEOPLE_ID}",
            "swap": "innerMorph swapEmpty:true",
            "writing": {call: writing_line(names) for call, names in shown.writing},
        }
    )


NOBODY = message_about(Shown())
