"""The page on which a signed-in person copies what a link shows into a project of theirs."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assistants_app.domain.errors import InvalidRequest
from assistants_app.queries.shares.shares import memberships_for_copies
from assistants_app.services.acting import acting, actor_of_member
from assistants_app.services.shares.forks import copy_shared_thread
from assistants_app.services.shares.showing import what_it_shows
from assistants_app.web.http import author_of, playground_url, signed_in
from assistants_app.web.security import POLICY, nonce_of
from assistants_app.web.shares.page import share_or_refusal, with_headers


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def fork_share(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask for a project, and copy what the link shows into it."""
    # With "no-referrer", browsers send the form without its origin, and it would be refused.
    return with_headers(
        _fork(request, token),
        **{
            "Referrer-Policy": "same-origin",
            "Content-Security-Policy": POLICY.format(nonce=nonce_of(request)),
        },
    )


def _fork(request: HttpRequest, token: str) -> HttpResponse:
    share = share_or_refusal(request, token)
    if isinstance(share, HttpResponse):
        return share
    shown = what_it_shows(share)
    members = memberships_for_copies(author_of(request))
    context = {"token": token, "title": shown["title"], "memberships": members}
    if request.method != "POST":
        return render(request, "shares/fork.html", context)
    wanted = request.POST.get("project", "")
    member = next((one for one in members if one.project_id == wanted), None)
    if member is None:
        error = _("Choose a project from the list.")
        return render(request, "shares/fork.html", {**context, "error": error}, status=422)
    try:
        with acting(actor_of_member(member)):
            thread = copy_shared_thread(project=member.project, share=share, shown=shown)
    except InvalidRequest as refusal:
        context["error"] = refusal.message
        return render(request, "shares/fork.html", context, status=422)
    return redirect(playground_url(member.project, t=thread.id))
