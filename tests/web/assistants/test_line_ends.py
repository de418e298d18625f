"""Line ends: a form sends others than it was given, and an untouched field must not change."""

from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Assistant, AssistantDraft
from tests.cast import Cast
from tests.web.pages import project_url, signed_in


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def autosave(client: Client, cast: Cast, **fields: Any) -> dict[str, Any]:
    """Save the form as a browser sends it, and return the draft's changes."""
    sent = {"model": "m", "response_format": "text", **fields}
    sent["instructions"] = sent["instructions"].replace("\n", "\r\n")
    assert client.post(project_url(cast, "draft", cast.assistant.id), sent).status_code == 200
    draft = AssistantDraft.objects.filter(assistant=cast.assistant).first()
    return dict(draft.changes) if draft else {}


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_saving_changes_no_line_end(cast: Cast, alice: Client, end: str) -> None:
    text = end.join(["One", "", "two", ""])
    rows = {"note": f"a{end}b", "tier": "gold"}
    Assistant.objects.update(instructions=text, name=f"A{end}B", model="m", metadata=rows)
    form = {
        **{"name": "AB", "metadata_key": ["note", "tier"], "metadata_value": ["ab", "gold"]},
        "instructions": "One\n\ntwo\n",
    }
    changes = autosave(alice, cast, **form)
    assert changes.get("instructions", text) == text
    assert changes.get("name", f"A{end}B") == f"A{end}B"
    # Another value of the same field changes.
    changes = autosave(alice, cast, **{**form, "metadata_value": ["ab", "silver"]})
    assert changes["metadata"] == {"note": f"a{end}b", "tier": "silver"}


def test_an_edited_text_keeps_its_kind_of_line_end(cast: Cast, alice: Client) -> None:
    Assistant.objects.update(instructions="One\r\ntwo", model="m")
    changes = autosave(alice, cast, name="Secret", instructions="One\ntwo\nthree")
    assert changes["instructions"] == "One\r\ntwo\r\nthree"


def test_a_text_area_shows_a_newline_at_the_beginning(cast: Cast, alice: Client) -> None:
    Assistant.objects.update(instructions="\nOne")
    page = alice.get(project_url(cast, "playground")).content.decode()
    assert ">\n\nOne</textarea>" in page
