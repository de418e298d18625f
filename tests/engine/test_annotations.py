"""Links to files of the session in a reply's text."""

import pytest

from assistants_app.engine.annotations import annotations_of
from assistants_app.models import SessionFile
from tests.cast import Cast, make_file


@pytest.mark.parametrize(
    ("text", "link", "name"),
    [
        ("[x](sandbox:/mnt/data/a.csv).", "sandbox:/mnt/data/a.csv", "a.csv"),
        ("See sandbox:/mnt/data/a.csv.", "sandbox:/mnt/data/a.csv", "a.csv"),
        (
            "[x](sandbox:/mnt/data/my file (1).csv)",
            "sandbox:/mnt/data/my file (1).csv",
            "my file (1).csv",
        ),
        ("[x](sandbox:/mnt/data/my%20file.csv)", "sandbox:/mnt/data/my%20file.csv", "my file.csv"),
        ("😀 `sandbox:/mnt/data/out/a.csv`", "sandbox:/mnt/data/out/a.csv", "out/a.csv"),
    ],
)
def test_links_become_annotations(cast: Cast, text: str, link: str, name: str) -> None:
    file = make_file(cast.project)
    SessionFile.objects.create(thread=cast.thread, name=name, file=file)
    [annotation] = annotations_of(cast.run, text)
    assert annotation["file_path"] == {"file_id": file.id}
    assert annotation["text"] == link
    assert text[annotation["start_index"] : annotation["end_index"]] == link


def test_links_to_what_is_not_there_stay_as_they_are(cast: Cast) -> None:
    assert annotations_of(cast.run, "[x](sandbox:/mnt/data/gone.csv)") == []
    assert annotations_of(cast.run, "no links") == []
