"""Threads are found by their words in any script, and the same way on any server."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from assistants_app.domain.lists import PageParams, ThreadFilter
from assistants_app.domain.words.searches import exact_query
from assistants_app.domain.words.vectors import plain_vector
from assistants_app.queries.threads.threads import list_threads
from tests.cast import Cast
from tests.queries.threads.conversations import ask

SAID = (
    "Article 5. The “Kranich” clause – see the client’s offer… l’été, 10\u00a0km, well—known, "
    "co\u00adoperate, Ｆｕｌｌ ﬁne print, Ölwechsel naïve Straße. "
    "我们正在学习机器学习。寿司の作り方。ภาษาไทยง่าย ພາສາລາວ ភាសាខ្មែរ မြန်မာစာ 서울에서 만나요. "
    "الكِتَابُ مفيد، שָׁלוֹם רב. Київ йод ёж. हिन्दी भाषा. Version 3.11 of report_v2.pdf 🎉"
)
FOUND = (
    *("Kranich", "kranich", "“Kranich”", '"kranich clause"', "client", "client's", "client’s"),
    *("été", "ete", "l'été", "l’été", "offer", "km", "10 km", "well-known", "well known"),
    *("cooperate", "co\u00adoperate", "full", "fine", "olwechsel", "ÖLWECHSEL", "naive"),
    *("strasse", "STRASSE", "学习", "机器学习", "我们", "习", "寿司", "作り方", "ไทย", "ภาษาไทย"),
    *("ລາວ", "ខ្មែរ", "မြန်မာ", "서울", "서울에서", "만나", "الكتاب", "שלום", "Київ", "еж", "йод"),
    *("हिन्दी", "3.11", "report_v2.pdf", "report", "🎉", "nothing or Kranich", "Kranich -nothing"),
)
NOT_FOUND = (
    "Kran",
    "器习",
    "clause Kranich -offer",
    '"clause kranich"',
    "学机",
    "иод",
    "nothing",
    "!",
)


def finds(cast: Cast, text: str) -> bool:
    page = list_threads(cast.project, PageParams(), ThreadFilter(text=text))
    return cast.thread in page.items


@pytest.mark.django_db
def test_every_word_of_a_message_is_found(cast: Cast) -> None:
    ask(cast, SAID)
    assert [text for text in FOUND if not finds(cast, text)] == []
    assert [text for text in NOT_FOUND if finds(cast, text)] == []


@pytest.mark.django_db
def test_a_word_far_down_a_long_message_is_found(cast: Cast) -> None:
    ask(cast, "学习很重要。" * 10_000 + "最后提到的是蓝鲸")
    ask(cast, "lorem ipsum " * 20_000 + "the blue whale")
    assert finds(cast, "蓝鲸")
    assert finds(cast, '"blue whale"')


# Those that the embedded server has on every machine.
LOCALES = {
    "c": "LOCALE 'C'",
    "builtin": "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'",
    "unicode": "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C'",
}


@pytest.fixture(params=LOCALES)
def elsewhere(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """A connection to a database with another locale."""
    name = f"words_{request.param}_{os.getpid()}"
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as server:
        create = "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0 "
        create += LOCALES[request.param]
        server.execute(sql.SQL(create).format(sql.Identifier(name)))
        try:
            with psycopg.connect(url, dbname=name) as connection:
                yield connection
        finally:
            server.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))


def test_the_locale_of_the_database_changes_nothing(elsewhere: psycopg.Connection) -> None:
    def matches(text: str) -> bool:
        query, words = exact_query(text), plain_vector([SAID])
        row = elsewhere.execute("SELECT %s::tsvector @@ %s::tsquery", [words, query]).fetchone()
        return row == (True,)

    assert [text for text in FOUND if not matches(text)] == []
    assert [text for text in NOT_FOUND if matches(text)] == []
