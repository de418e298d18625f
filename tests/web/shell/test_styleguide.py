"""Tests of the style guide. They may not use the database, since the page doesn't."""

from django.test import Client, override_settings


def test_it_shows_its_components_without_a_query() -> None:
    with override_settings(DEBUG=True):
        response = Client().get("/styleguide/")
    assert response.status_code == 200
    assert response.content.count(b"<section") >= 9


def test_it_is_a_page_of_debug_mode() -> None:
    assert Client().get("/styleguide/").status_code == 404
