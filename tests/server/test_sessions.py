"""Cookies that the site has not made."""

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import Cast


@pytest.mark.parametrize("key", ['"aaaaaaaaa\\000"', '"aaaaaaaa a"', "\xff" * 32, "a" * 5000])
def test_an_odd_session_is_none(cast: Cast, key: str) -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}={key}"
    answer = Client().get("/", headers={"cookie": cookie})
    assert (answer.status_code, answer["location"]) == (302, "/sign-in/?next=/")
