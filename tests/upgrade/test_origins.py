"""Threads and runs from before there were origins get theirs, as far as rows tell."""

from importlib import import_module

from django.db import connection

from assistants_app.models import AuditEntry, Run, Thread
from tests.cast import Cast, make_run

MIGRATION = import_module("assistants_app.migrations.0036_origins_of_rows")


def test_old_threads_and_runs_get_their_origins(cast: Cast) -> None:
    threads = {
        name: Thread.objects.create(project=cast.project)
        for name in ("page", "api", "example", "shared", "empty")
    }
    threads["fork"] = Thread.objects.create(project=cast.project, forked_from_id=cast.thread.id)
    runs = {
        name: make_run(cast.project, threads[name], cast.assistant, recorded=name == "example")
        for name in ("page", "api", "example")
    }
    for name, status in (("api", "completed"), ("shared", "completed")):
        # Later, somebody has run it on the page.
        Run.objects.filter(thread=threads[name]).update(status=status)
        runs[f"later {name}"] = make_run(cast.project, threads[name], cast.assistant)
    verb = "fork_shared_thread"
    AuditEntry.objects.create(project_id=cast.project.id, verb=verb, target_id=threads["shared"].id)
    # A column that only processes of the version before still write.
    of_page = [runs[name].id for name in ("page", "later api", "later shared")]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE run SET from_page = true WHERE id = ANY(%s)", [of_page])
        # As the upgrade does if it was interrupted.
        for statement in (MIGRATION.RUNS, MIGRATION.THREADS) * 2:
            cursor.execute(statement)
    found = dict(Run.objects.values_list("pk", "origin"))
    assert {name: found[run.pk] for name, run in runs.items()} == {
        "page": "page",
        "api": "api",
        "example": "import",
        "later api": "page",
        "later shared": "page",
    }
    found = dict(Thread.objects.values_list("pk", "origin"))
    assert {name: found[thread.pk] for name, thread in threads.items()} == {
        "page": "page",
        "api": "api",
        "example": "import",
        "shared": "share",
        "empty": "api",
        "fork": "page",
    }
