"""Changes of access: what they concern, and how processes hear of them."""

import asyncio

import pytest
from django.db import transaction

from assistants_app.events import access
from assistants_app.events.access import AccessChange, Listener, access_changed
from assistants_app.queries.project.access import Visit, digest

VISIT = Visit("s1", 7, "hash", "proj_1")


@pytest.mark.parametrize(
    ("change", "visit", "key"),
    [
        (AccessChange(), True, True),
        (AccessChange(project_id="proj_1"), True, True),
        (AccessChange(project_id="proj_2"), False, False),
        (AccessChange(project_id="proj_1", user_id=7), True, True),
        (AccessChange(project_id="proj_1", user_id=8), False, True),
        (AccessChange(user_id=7), True, True),
        (AccessChange(session=digest("s1")), True, False),
        (AccessChange(session=digest("s2")), False, False),
        (AccessChange(project_id="proj_1", key_id="key_1"), False, True),
        (AccessChange(project_id="proj_1", key_id="key_2"), False, False),
        (AccessChange(project_id="proj_1", share_id="share_1"), False, False),
    ],
)
def test_a_change_concerns_only_what_it_names(change: AccessChange, visit: bool, key: bool) -> None:
    assert change.concerns_visit(VISIT) is visit
    assert change.concerns_key("proj_1", "key_1") is key


async def listener() -> "asyncio.Queue[AccessChange | None]":
    """Return the changes from now on."""
    heard: asyncio.Queue[AccessChange | None] = asyncio.Queue()
    Listener(heard.put_nowait).listen()
    assert await heard.get() is None
    return heard


@pytest.mark.usefixtures("transactional_db")
async def test_a_change_is_heard_after_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    # A channel of its own, since other tests may publish at the same time.
    monkeypatch.setattr(access, "CHANNEL", f"access-{id(monkeypatch)}")
    heard = await listener()

    def change() -> None:
        with transaction.atomic():
            access_changed(project_id="proj_1", user_id=7, session_key="secret")
            assert heard.empty()

    await asyncio.to_thread(change)
    async with asyncio.timeout(10):
        assert await heard.get() == AccessChange("proj_1", 7, "", digest("secret"), "")


def fail() -> None:
    with transaction.atomic():
        access_changed(project_id="proj_1")
        raise ZeroDivisionError


@pytest.mark.usefixtures("transactional_db")
async def test_a_change_that_is_rolled_back_is_not_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(access, "CHANNEL", f"access-{id(monkeypatch)}")
    heard = await listener()
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(fail)
    await asyncio.to_thread(access_changed, project_id="proj_2")
    async with asyncio.timeout(10):
        assert await heard.get() == AccessChange("proj_2")


def test_fields_of_another_version_are_ignored() -> None:
    assert access._change_from(b'{"project_id": "p", "later": 1}') == AccessChange("p")
