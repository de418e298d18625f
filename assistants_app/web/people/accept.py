"""The page behind the link of an invitation, where people join a project."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.people.grants import is_higher
from assistants_app.models import Invitation
from assistants_app.queries.people.invitations import find_invitation, project_joined_by
from assistants_app.queries.people.members import has_account, name_of, owns_address, role_of
from assistants_app.services.audit import coming_from
from assistants_app.services.people import invitations
from assistants_app.services.people.invitations import InvitationEnded, OtherAddress
from assistants_app.services.project import guesses
from assistants_app.web.http import client_address
from assistants_app.web.people.rows import role_named
from assistants_app.web.project.accounts import complete_sign_in, too_many_links

logger = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites to which project. The button of the page accepts the invitation."""
    # Opening the link changes nothing: scanners of mail and previews of chats open all links.
    attempt = guesses.TokenAttempt(client_address(request))
    wait = attempt.wait()
    found = None if wait else find_invitation(token)
    if found:
        attempt.succeeded()
    if wait:
        response = _refuse(request, wait)
    elif found is None:
        response = _after_the_end(request, token)
    elif request.method == "POST":
        with coming_from(client_address(request)):
            response = _accept(request, found, token)
    else:
        response = _render_page(request, found)
    # The path has the token. With "no-referrer", browsers would also send `Origin: null` with the
    # form, which the check of forms refuses.
    response["Referrer-Policy"] = "strict-origin"
    response["Cache-Control"] = "no-store"
    return response


def _accept(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    project = found.project
    response = redirect("playground", project_id=project.id)
    try:
        if request.user.is_authenticated:
            invitations.accept_invitation(project=project, token=token, user=request.user)
        else:
            user = _create_account(request, found, token)
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            complete_sign_in(request, response, "an invitation")
    except OtherAddress:
        return _render_page(request, found, status=403)
    except InvitationEnded:
        return _after_the_end(request, token)
    except InvalidRequest as error:
        errors = {error.param: error.message}
        return _render_page(request, found, status=422, errors=errors, form=request.POST)
    logger.info("User %s accepted the invitation %s.", request.user.pk, found.id)
    return response


def _create_account(request: HttpRequest, found: Invitation, token: str) -> User:
    return invitations.create_invited_account(
        project=found.project,
        token=token,
        name=request.POST.get("name", ""),
        email=found.email or request.POST.get("email", ""),
        password=request.POST.get("password", ""),
    )


def _render_page(
    request: HttpRequest, found: Invitation, *, status: int = 200, **more: Any
) -> HttpResponse:
    user = request.user
    role = role_of(found.project, user.pk)
    context = {
        "project": found.project,
        "invited": found,
        "inviter": name_of(found.invited_by),
        "role": role_named(found.role),
        "me": name_of(user) if user.is_authenticated else "",
        "is_other_address": user.is_authenticated
        and bool(found.email)
        and not owns_address(user, found.email),
        "my_role": role_named(role) if role else None,
        "raises": bool(role) and is_higher(found.role, role),
        "provider": settings.OIDC,
        "has_account": not user.is_authenticated and has_account(found.email),
        **more,
    }
    return render(request, "people/invitation.html", context, status=status)


def _refuse(request: HttpRequest, wait: int) -> HttpResponse:
    logger.warning("An invitation from %s has to wait %d s.", client_address(request), wait)
    context = {"refusal": too_many_links(wait)}
    response = render(request, "people/invitation_ended.html", context, status=429)
    response["Retry-After"] = str(wait)
    return response


def _after_the_end(request: HttpRequest, token: str) -> HttpResponse:
    # A second press of the button, or the link in the history of somebody who has joined.
    project_id = project_joined_by(request.user.pk, token)
    if project_id:
        return redirect("playground", project_id=project_id)
    return render(request, "people/invitation_ended.html", status=410)
