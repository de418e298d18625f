"""Adds the demo data through the services, and carries out its runs in this process."""

import time
from collections import Counter

from assistants_app.dispatch import held_back
from assistants_app.domain import run_status
from assistants_app.domain.ids import new_id
from assistants_app.engine import indexing, runner
from assistants_app.event_loop import process_loop
from assistants_app.management.demo import content
from assistants_app.management.demo.content import DEMO, DemoAssistant, DemoFile, DemoThread
from assistants_app.models import Assistant, File, Project, Run, Thread, VectorStore
from assistants_app.queries.stores.stores import unfinished_files
from assistants_app.queries.threads.threads import TITLE
from assistants_app.services.assistants.requests import create_assistant
from assistants_app.services.files.requests import create_file
from assistants_app.services.files.stored_bytes import store_bytes
from assistants_app.services.runs.requests import create_run, submit_tool_outputs
from assistants_app.services.stores.requests import create_store
from assistants_app.services.threads.requests import create_thread
from assistants_app.wire.assistants.assistants import AssistantCreateParams
from assistants_app.wire.files import FileCreateParams
from assistants_app.wire.runs.runs import RunCreateParams, ToolOutputsParams
from assistants_app.wire.stores.stores import VectorStoreCreateParams
from assistants_app.wire.threads.threads import ThreadCreateParams
from assistants_app.wire.validation import parse

LARGEST_FILE = 1024**2
INDEX_SECONDS, POLL_SECONDS = 60.0, 0.1


class Seeder:
    """Adds what is missing to a project.

    `model`: the model of the assistants. `run_model`: the scripted model that answers the demo
    runs, so that they cost nothing and look the same everywhere.
    """

    def __init__(self, project: Project, *, model: str, run_model: str) -> None:
        self._project = project
        self._model = model
        self._run_model = run_model
        self.added: Counter[str] = Counter()

    def add_all(self) -> None:
        """Add all that isn't there. A second call adds nothing."""
        # A worker of a running site would have the site's own model answer.
        with held_back():
            store = self._store()
            assistants = {each.slug: self._assistant(each, store) for each in content.ASSISTANTS}
            for each in content.THREADS:
                self._thread(each, assistants[each.assistant])

    def _store(self) -> VectorStore:
        found = VectorStore.objects.filter(project=self._project, metadata__demo="handbook").first()
        if found is not None:
            return found
        files = [self._file(each) for each in content.HANDBOOK_FILES]
        params = {
            "name": content.STORE_NAME,
            "file_ids": [file.id for file in files],
            "metadata": {DEMO: "handbook"},
        }
        store = create_store(project=self._project, params=parse(VectorStoreCreateParams, params))
        self._index(store)
        self.added["vector store"] += 1
        return store

    def _index(self, store: VectorStore) -> None:
        """Index the store's files here; an indexer of a running site may take some of them."""
        deadline = time.monotonic() + INDEX_SECONDS
        while unfinished_files([store.id]) and time.monotonic() < deadline:
            if not indexing.index_next_file():
                time.sleep(POLL_SECONDS)

    def _file(self, demo: DemoFile) -> File:
        file_id = new_id("file", "-")
        stored = store_bytes(key=file_id, chunks=[demo.text.encode()], limit=LARGEST_FILE)
        self.added["file"] += 1
        return create_file(
            project=self._project,
            file_id=file_id,
            filename=demo.name,
            mime_type=demo.mime_type,
            stored=stored,
            params=parse(FileCreateParams, {"purpose": "assistants"}),
        )

    def _assistant(self, demo: DemoAssistant, store: VectorStore) -> Assistant:
        found = Assistant.objects.filter(project=self._project, metadata__demo=demo.slug).first()
        if found is not None:
            return found
        resources = {}
        if "store" in demo.resources:
            resources["file_search"] = {"vector_store_ids": [store.id]}
        if "sales" in demo.resources:
            resources["code_interpreter"] = {"file_ids": [self._file(content.SALES_FILE).id]}
        params = {
            "model": self._model,
            "name": demo.name,
            "description": demo.description,
            "instructions": demo.instructions,
            "tools": demo.tools,
            "tool_resources": resources,
            "metadata": {DEMO: demo.slug},
        }
        self.added["assistant"] += 1
        return create_assistant(project=self._project, params=parse(AssistantCreateParams, params))

    def _thread(self, demo: DemoThread, assistant: Assistant) -> None:
        if Thread.objects.filter(project=self._project, metadata__demo=demo.slug).exists():
            return
        params = {"metadata": {DEMO: demo.slug, TITLE: demo.title}}
        thread = create_thread(project=self._project, params=parse(ThreadCreateParams, params))
        for message in demo.messages:
            self._run(thread, assistant, message)
        self.added["thread"] += 1

    def _run(self, thread: Thread, assistant: Assistant, message: str) -> None:
        params = {
            "assistant_id": assistant.id,
            "model": self._run_model,
            "additional_messages": [{"role": "user", "content": message}],
        }
        run = create_run(
            project=self._project, thread_id=thread.id, params=parse(RunCreateParams, params)
        )
        process_loop.run(runner.execute(run.id))
        run.refresh_from_db()
        if run.status == run_status.REQUIRES_ACTION:
            self._answer_calls(run)
            process_loop.run(runner.execute(run.id))

    def _answer_calls(self, run: Run) -> None:
        assert run.required_action is not None
        calls = run.required_action["submit_tool_outputs"]["tool_calls"]
        outputs = [
            {"tool_call_id": call["id"], "output": content.OUTPUTS[call["function"]["name"]]}
            for call in calls
        ]
        submit_tool_outputs(
            project=self._project,
            thread_id=run.thread_id,
            run_id=run.id,
            params=parse(ToolOutputsParams, {"tool_outputs": outputs}),
        )
