"""Remove threads: a few short ones at once, and otherwise in batches.

The batches are those of a deleted project: the threads move to a project of their own, which nobody
has access to. So they are out of reach at once, and the sweeper of projects deletes them even if it
is killed in between.
"""

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from assistants_app.dispatch import dispatch_close_session
from assistants_app.domain.configurations.origins import IMPORT
from assistants_app.events import publish
from assistants_app.events.access import access_changed
from assistants_app.models import (
    CodeSession,
    Comment,
    Message,
    Notice,
    Project,
    ProjectDeletion,
    Run,
    Share,
    Thread,
)
from assistants_app.services.former_names import keep_names_of_threads
from assistants_app.services.project.deletion import stop_runs
from assistants_app.services.publishing import publish_to_each_on_commit
from assistants_app.services.threads.recordings import remove_with_thread

# What is deleted at once takes about 100 ms. A sweeper deletes more than that.
THREADS_AT_ONCE = 10
ROWS_AT_ONCE = 1000  # messages, and runs


def remove_threads(project: Project, threads: Sequence[Thread]) -> None:
    """Delete these threads of the project with all that belongs to them.

    They are locked. From the commit on, nobody finds them, even if their rows are deleted later.
    """
    ids = [thread.pk for thread in threads]
    # Workers and sweepers lock a run before they add anything to it, such as a step, a message or
    # the events of a run that has ended. With the runs locked here, they find them gone, or in
    # other hands. In the order of the sweeper, which locks many at once.
    at_once = len(ids) <= THREADS_AT_ONCE and not (
        _has_many(Message.objects.filter(thread__in=ids))
        or _has_many(Run.objects.filter(thread__in=ids))
    )
    runs = Run.objects.select_for_update(no_key=not at_once).filter(thread__in=ids)
    list(runs.order_by("pk").values_list("pk"))
    publish_to_each_on_commit({one: [publish.thread_deleted(one)] for one in ids})
    # Otherwise the session would keep its memory until it has been idle for long.
    sessions = CodeSession.objects.filter(thread__in=ids).values_list("thread_id", flat=True)
    for thread_id in sessions.distinct():
        transaction.on_commit(partial(dispatch_close_session, thread_id))
    shares = Share.objects.filter(thread__in=ids)
    for share_id in shares.values_list("pk", flat=True):
        access_changed(project_id=project.pk, share_id=share_id)
    keep_names_of_threads(threads)
    recorded = Run.objects.filter(thread__in=ids, recorded=True, origin=IMPORT)
    with_recording = set(recorded.values_list("thread_id", flat=True))
    for thread in threads:
        if thread.pk in with_recording:
            remove_with_thread(thread)
    if at_once:
        Thread.objects.filter(pk__in=ids).delete()
    else:
        _leave_to_sweeper(project, ids)


def _has_many(rows: "QuerySet[Message] | QuerySet[Run]") -> bool:
    return rows.order_by()[ROWS_AT_ONCE : ROWS_AT_ONCE + 1].exists()


def _leave_to_sweeper(project: Project, ids: Sequence[str]) -> None:
    name = f"Deleted threads of {project.pk}"
    grave = Project.objects.create(name=name, deleted_at=timezone.now())
    Share.objects.filter(thread__in=ids).delete()
    # All that belongs to a thread and names its project as well.
    Notice.objects.filter(comment__thread__in=ids).update(project=grave)
    Comment.objects.filter(thread__in=ids).update(project=grave)
    Run.objects.filter(thread__in=ids).update(project=grave)
    Thread.objects.filter(pk__in=ids).update(project=grave)
    ProjectDeletion.objects.create(project_id=grave.pk)
    # The sweeper does it too, a few seconds later.
    transaction.on_commit(partial(stop_runs, project_id=grave.pk), robust=True)
