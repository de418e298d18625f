"""Invitations whose links are guessed: the next one has to wait."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from assistants_app.domain.rights import EDITOR
from assistants_app.redis_client import client as redis
from assistants_app.services.people.invitations import create_invitation
from assistants_app.services.project import guesses
from tests.cast import Cast, strange_address

pytestmark = pytest.mark.django_db(transaction=True)
NEWCOMER = {"name": "Dora", "email": "dora@example.org", "password": "correct horse battery"}


@pytest.fixture
def right(cast: Cast) -> str:
    _, token = create_invitation(
        project=cast.project, inviter=cast.alice, role=EDITOR, email="", days=7
    )
    return reverse("invitation", args=[token])


def test_wrong_invitations_make_the_next_one_wait(right: str) -> None:
    stranger = strange_address()
    counter = guesses.tokens_by_address(guesses.address_of(stranger, ""))
    wrong = reverse("invitation", args=["x" * 43])
    for _ in range(counter.free):
        assert Client().get(wrong, REMOTE_ADDR=stranger).status_code == 410
    for answer in (
        Client().get(right, REMOTE_ADDR=stranger),
        Client().post(right, NEWCOMER, REMOTE_ADDR=stranger),
    ):
        assert answer.status_code == 429
        assert answer["Retry-After"] == "1"
        assert answer["Referrer-Policy"] == "strict-origin"
        assert "Wait 1 second, then try again." in answer.content.decode()
    assert not User.objects.filter(email=NEWCOMER["email"]).exists()
    assert Client().get(right).status_code == 200, "another address doesn't wait"
    redis().hset(counter.key, "until", 0)
    assert Client().get(right, REMOTE_ADDR=stranger).status_code == 200


def test_who_joins_has_a_known_device(right: str) -> None:
    browser = Client()
    assert browser.post(right, NEWCOMER).status_code == 302
    assert any(name.startswith("playground_device") for name in browser.cookies)
