"""Generated requests get no 5xx, and every response is as our OpenAPI document describes it."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import (
    CoveragePhaseConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.conftest import MODEL
from tests.contract.openapi import check_event, events_of
from tests.contract.our_document import our_document
from tests.fakes.provider import ScriptedProvider
from tests.live import API_KEY, LiveSite, form_token

HEADERS = {"Authorization": f"Bearer {API_KEY}", "OpenAI-Beta": "assistants=v2"}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    allow_header_conformance,
]
UPLOAD = {"filename": "a.txt", "purpose": "assistants", "bytes": 5, "mime_type": "text/plain"}
PHASES = PhasesConfig(coverage=CoveragePhaseConfig(generate_duplicate_query_parameters=True))
schema = schemathesis.openapi.from_dict(
    our_document(),
    config=SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(phases=PHASES))),
)


class World:
    """Objects that exist, so that requests do more than fail with a 404."""

    def __init__(self, site: LiveSite) -> None:
        self.http = httpx2.Client(base_url=site.base_url, headers=HEADERS, timeout=30)
        self.ids: dict[str, str] = {}
        self._site = site
        self._set_id = ""

    def make(self) -> None:
        assistant = self._post("/assistants", {"model": MODEL})
        thread = self._post("/threads", {})
        message = self._post(
            f"/threads/{thread}/messages", {"role": "user", "content": "x", "metadata": {}}
        )
        body = {"assistant_id": assistant, "stream": True}
        self.http.post(f"/threads/{thread}/runs", json=body).read()
        run = self._newest(f"/threads/{thread}/runs")
        file = self._file()
        store = self._post("/vector_stores", {})
        self.ids = {
            "assistant_id": assistant,
            "thread_id": thread,
            "message_id": message,
            "run_id": run,
            "step_id": self._newest(f"/threads/{thread}/runs/{run}/steps"),
            "model": MODEL,
            "file_id": file,
            "vector_store_id": store,
            "batch_id": self._post(f"/vector_stores/{store}/file_batches", {"file_ids": [file]}),
            "upload_id": self._post("/uploads", UPLOAD),
            "experiment_id": self._experiment(),
        }

    def _experiment(self) -> str:
        if not self._set_id:
            # Only pages make test sets.
            with httpx2.Client(base_url=self._site.url) as browser:
                form = {"csrfmiddlewaretoken": form_token(self._site.sign_in_client(browser).text)}
                answer = browser.post(f"/p/{self._site.project_id}/tests/sample/", data=form)
            self._set_id = answer.headers["location"].rstrip("/").rpartition("/")[2]
        body = {"test_set": self._set_id, "variants": [{"model": MODEL}], "start": False}
        return self._post("/playground/experiments", body)

    def _file(self) -> str:
        files = {"file": ("data.bin", b"bytes", "application/octet-stream")}
        answer = self.http.post("/files", data={"purpose": "assistants"}, files=files)
        return str(answer.raise_for_status().json()["id"])

    def _post(self, path: str, body: dict[str, Any]) -> str:
        return str(self.http.post(path, json=body).raise_for_status().json()["id"])

    def _newest(self, path: str) -> str:
        return str(self.http.get(path).raise_for_status().json()["data"][0]["id"])


@pytest.fixture(scope="module")
def world(site: LiveSite) -> Iterator[World]:
    world = World(site)
    with world.http:
        yield world


@schema.parametrize()
@settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_responses_match_the_document(
    case: "Case[Any]", site: LiveSite, world: World, provider: ScriptedProvider
) -> None:
    # Once with ids that were made up, and once with those of objects that exist.
    send(case, site)
    if not world.ids:
        world.make()
    case.path_parameters = {name: world.ids[name] for name in case.path_parameters or {}}
    if isinstance(case.body, dict) and "assistant_id" in case.body:
        case.body["assistant_id"] = world.ids["assistant_id"]
    send(case, site)
    # Objects are made again after one was deleted.
    if case.method == "DELETE":
        world.ids = {}


def send(case: "Case[Any]", site: LiveSite) -> None:
    answer = case.call(base_url=site.base_url, headers=HEADERS, timeout=30)
    case.validate_response(answer, checks=CHECKS)
    [kind] = answer.headers.get("content-type", [""])
    if kind.startswith("text/event-stream"):
        events = list(events_of(answer.text))
        for name, data in events:
            check_event(name, data)
        assert events[-1] == ("done", "[DONE]")
    elif not kind:
        # Twisted itself refuses a form without a boundary, with an empty response.
        assert (answer.status_code, answer.content) == (400, b"")
        assert str(case.headers["Content-Type"]).startswith("multipart/")
