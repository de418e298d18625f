"""Take back what was saved or deleted on a page, by a button of the message that says so."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.errors import Conflict, InvalidRequest
from assistants_app.models import Project
from assistants_app.services.test_sets.revisions import RowChanged
from assistants_app.services.test_sets.undo import Earlier, keep_for_undo, put_back_test_rows
from assistants_app.web.http import author_of, project_view


def offer_undo(
    request: HttpRequest, project: Project, set_id: str, text: str, rows: Iterable[Earlier | None]
) -> None:
    """Say what was done to rows, with a button that takes it back if that is possible."""
    address = ""
    if undo_id := keep_for_undo(project, set_id, rows):
        query = QueryDict(mutable=True)
        query["id"] = undo_id
        address = f"{reverse('undo_test_rows', args=[project.id, set_id])}?{query.urlencode()}"
    messages.success(request, text, extra_tags=address)


@project_view("POST", verb="put_back_test_rows")
def undo(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Put back the rows that were kept as ``id``, and show the row, or the set of several."""
    try:
        made = put_back_test_rows(
            project=project,
            set_id=set_id,
            undo_id=request.GET.get("id", ""),
            author=author_of(request),
        )
    except RowChanged as changed:
        who = changed.row.author.get_username() if changed.row.author else _("Somebody")
        words = _("%(who)s has changed this row since. Nothing was undone.")
        messages.error(request, words % {"who": who})
        return redirect("test_row", project.id, set_id, changed.row.key)
    except (Conflict, InvalidRequest) as error:
        messages.error(request, error.message)
        return redirect("test_set", project.id, set_id)
    messages.success(request, _("Undone."))
    if len(made) == 1:
        return redirect("test_row", project.id, set_id, made[0].key)
    return redirect("test_set", project.id, set_id)
