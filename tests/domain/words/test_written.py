"""What a message says, without the parts that aren't text."""

from typing import Any

from assistants_app.domain.words.written import written_text


def test_texts_and_refusals_follow_each_other_and_images_are_left_out() -> None:
    content: list[dict[str, Any]] = [
        {"type": "text", "text": {"value": "One", "annotations": []}},
        {"type": "image_file", "image_file": {"file_id": "file_1"}},
        {"type": "text", "text": {"value": "", "annotations": []}},
        {"type": "refusal", "refusal": "No."},
    ]
    assert written_text(content) == "One\n\nNo."
    assert written_text([]) == ""
