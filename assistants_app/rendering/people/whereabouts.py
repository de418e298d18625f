"""Who else is here: the avatars in the top bar, and the line about who writes a tool output."""

from collections.abc import Sequence
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext

from assistants_app.domain.people.names import initials

SHOWN = 3  # avatars; the menu has all names


class Person(NamedTuple):
    """A person as others see them. `is_near`: in the same thread, not only at the assistant."""

    user_id: int
    name: str
    is_near: bool


class Company(NamedTuple):
    """The people that a page shows, and how many others there are."""

    people: tuple[Person, ...] = ()
    others: int = 0


def render_company(company: Company) -> str:
    """Return the avatars and their menu, or nothing if nobody else is here."""
    if not company.people:
        return ""
    people = [(person, initials(person.name)) for person in company.people]
    total = len(people) + company.others
    context = {
        "people": people,
        "shown": [initials for _, initials in people[:SHOWN]],
        "more": total - min(len(people), SHOWN),
        "others": company.others,
        "label": _label(company),
    }
    return render_to_string("people/_here.html", context)


def _label(company: Company) -> str:
    names = ", ".join(person.name for person in company.people)
    if company.others:
        return ngettext(
            "Also here: %(names)s and %(count)d other",
            "Also here: %(names)s and %(count)d others",
            company.others,
        ) % {"names": names, "count": company.others}
    return gettext("Also here: %(names)s") % {"names": names}


def writing_line(names: Sequence[str]) -> str:
    """Return the line about the people who write an output for the same tool call."""
    return ngettext(
        "%(names)s is writing this output.",
        "%(names)s are writing this output.",
        len(names),
    ) % {"names": ", ".join(names)}
