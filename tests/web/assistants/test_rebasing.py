"""A draft that fell behind: whose versions it lacks, and settings that both changed."""

import re

from django.test import Client

from assistants_app.models import Assistant, AssistantDraft
from tests.cast import Cast
from tests.web.assistants.test_versions import alice, assistant, autosave, change, text, url
from tests.web.pages import squeezed

__all__ = ["alice", "assistant"]


def test_settings_that_both_changed_are_chosen(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    autosave(alice, assistant, name="Alice's</script>", instructions="New.")
    change(assistant, name="Bob's<b>", author=cast.bob, source="ui")
    dialog = squeezed(text(alice, url(assistant, "publish_draft")))
    assert "<b>Changed by both:</b><code>name</code>" in dialog
    page = text(alice, url(assistant, "rebase_draft"))
    assert "Bob&#x27;s&lt;b&gt;" in page
    assert "Alice&#x27;s&lt;/script&gt;" in page
    assert re.findall(r'name="take-(\w+)" value="theirs"', page) == ["name"]
    # Another version comes before the choice is made.
    change(assistant, temperature=1, author=cast.bob, source="ui")
    chosen = {"onto": "4", "take-name": "theirs"}
    late = alice.post(url(assistant, "rebase_draft"), chosen)
    assert late.status_code == 409
    assert "Another version was published just now." in late.content.decode()
    done = alice.post(url(assistant, "rebase_draft"), {**chosen, "onto": "5"}, follow=True)
    assert "Your draft has the newest version" in done.content.decode()
    assert AssistantDraft.objects.get().changes == {"instructions": "New."}
    # There is nothing to choose any more.
    assert alice.get(url(assistant, "rebase_draft"))["Location"] == url(assistant, "draft_diff")


def test_a_conflict_names_everybody_who_has_published(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    autosave(alice, assistant, instructions="New.")
    change(assistant, name="A", author=cast.bob, source="ui")
    change(assistant, name="B")
    change(assistant, name="C", author=cast.alice, source="ui")
    dialog = squeezed(text(alice, url(assistant, "publish_draft")))
    assert "bob published version 4" in dialog
    assert "Version 5 was published by the API" in dialog
    assert "You published version 6" in dialog
