"""The avatars of the others, and the line about those who write."""

from assistants_app.rendering.people.whereabouts import (
    Company,
    Person,
    render_company,
    writing_line,
)


def company(*names: str, others: int = 0) -> Company:
    people = tuple(Person(at, name, at % 2 == 0) for at, name in enumerate(names))
    return Company(people, others)


def test_nobody_is_nothing() -> None:
    assert render_company(company()) == ""


def test_names_are_there_as_text() -> None:
    html = render_company(company("Bob <b>Baker</b>", "Zoë"))
    assert '<span class="vh">Also here: Bob &lt;b&gt;Baker&lt;/b&gt;, Zoë</span>' in html
    assert html.count('class="avatar"') == 4  # in the button and in its menu
    assert html.index("in this thread") < html.index("at this assistant")
    assert "+" not in html


def test_many_people_take_little_room() -> None:
    html = render_company(company("A", "B", "C", "D", "E", others=2))
    assert html.partition("</button>")[0].count('class="avatar"') == 4
    assert "+4</span>" in html
    assert "Also here: A, B, C, D, E and 2 others" in html
    assert "and 2 others" in html.partition("</button>")[2]


def test_those_who_write_are_named() -> None:
    assert writing_line(["Bob"]) == "Bob is writing this output."
    assert writing_line(["Bob", "Eve"]) == "Bob, Eve are writing this output."
