"""Helpers for tests of pages: signed-in clients, URLs, and example messages."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from assistants_app.models import Message, Thread
from tests.cast import Cast

HTMX = {"hx-request": "true"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def thread_url(cast: Cast, name: str, *more: str) -> str:
    return reverse(name, args=[cast.project.id, cast.thread.id, *more])


def opened(answer: Any) -> Thread:
    query = parse_qs(urlsplit(answer["HX-Redirect"]).query)
    return Thread.objects.get(pk=query["t"][0])


def say(thread: Thread, text: str, role: str = "user", **columns: object) -> Message:
    content = [{"type": "text", "text": {"value": text, "annotations": []}}]
    return Message.objects.create(thread=thread, role=role, content=content, **columns)


def project_url(cast: Cast, name: str, *ids: str) -> str:
    return reverse(name, args=[cast.project.id, *ids])


def shown(cast: Cast, name: str, /, *ids: str, **query: str) -> str:
    answer: Any = signed_in(cast.bob).get(project_url(cast, name, *ids), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def under(answer: str, field: str) -> str:
    """Return the error that a response shows under a field."""
    return answer.split(f'hx-target="#e-{field}" hx-swap="innerHTML">')[1].split("<")[0]


def squeezed(html: str) -> str:
    """Return the HTML without the line breaks and indentation of its templates."""
    return re.sub(r"(?<=>) | (?=[<>])", "", re.sub(r"\s+", " ", html))
