"""What the launcher notes of its model for commands beside the site."""

from pathlib import Path

from playground.embedded.noted import FILE, note_model, noted_model

EXPORTS = {
    "LOCAL_MODEL_URL": "http://127.0.0.1:9/v1",
    "LOCAL_MODEL_KEY": "key",
    "SECRET_KEY": "not this one",
}


def test_commands_find_the_model_of_the_site_and_nobody_else_its_key(tmp_path: Path) -> None:
    assert noted_model(tmp_path) == {}
    note_model(tmp_path, EXPORTS)
    assert noted_model(tmp_path) == {
        "LOCAL_MODEL_URL": "http://127.0.0.1:9/v1",
        "LOCAL_MODEL_KEY": "key",
    }
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    # The next start may have another model, or none.
    note_model(tmp_path, {})
    assert noted_model(tmp_path) == {}


def test_a_damaged_note_keeps_no_command_from_running(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    assert noted_model(tmp_path) == {}
