"""Pages that the browser must not show from a cache, since they would show an old state."""

import re

import pytest
from django.test import Client

from tests.cast import Cast
from tests.web.pages import HTMX, project_url, signed_in


@pytest.mark.parametrize("name", ["playground", "threads", "files", "vector_stores", "assistants"])
def test_pages_and_parts_of_pages_are_not_cached(cast: Cast, name: str) -> None:
    for headers in ({}, HTMX):
        answer = signed_in(cast.bob).get(project_url(cast, name), headers=headers)
        assert answer["Cache-Control"] == "no-store"


def test_the_sign_in_page_is_not_cached(db: None) -> None:
    assert "no-store" in Client().get("/sign-in/")["Cache-Control"]


def test_bytes_of_files_are_still_cached(cast: Cast) -> None:
    page = signed_in(cast.bob).get(project_url(cast, "files")).content.decode()
    [address] = set(re.findall(r'href="([^"]+)"\s+download="Secret.txt"', page))
    answer = signed_in(cast.bob).get(address)
    assert answer["Cache-Control"] == "private, max-age=600"
