"""Reads that every run needs."""

from assistants_app.models import ModelEndpoint
from assistants_app.statements import reads
from tests.cast import Cast


def test_an_assistant_is_found_in_its_project_only(cast: Cast) -> None:
    found = reads.find_assistant(cast.project.id, cast.assistant.id)
    assert found is not None
    assert (found.pk, found.name) == (cast.assistant.pk, cast.assistant.name)
    assert reads.find_assistant(cast.other_project.id, cast.assistant.id) is None
    assert reads.find_assistant(cast.project.id, "a\0b") is None


def test_endpoints_are_those_of_the_project_newest_first(cast: Cast) -> None:
    def make(url: str, key: bytes) -> ModelEndpoint:
        return ModelEndpoint.objects.create(
            project=cast.project, name=url, base_url=url, encrypted_key=key
        )

    first, second = make("http://a/v1", b"\0\xff"), make("http://b/v1", b"")
    found = reads.list_endpoints(cast.project.id)
    assert found == [second, first]
    assert [bytes(one.encrypted_key) for one in found] == [b"", b"\0\xff"]
    assert reads.list_endpoints(cast.other_project.id) == []
