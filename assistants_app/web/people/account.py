"""A person's own account: name and address, password, and where they are signed in."""

import logging
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import ApiKey, Project
from assistants_app.queries.people.members import owns_address
from assistants_app.queries.people.sessions import list_sessions
from assistants_app.queries.people.sign_on import is_connected
from assistants_app.queries.project.access import personal_keys
from assistants_app.services.acting import current_actor
from assistants_app.services.people import accounts, sessions
from assistants_app.services.project import guesses
from assistants_app.web.http import author_of, client_address, project_view
from assistants_app.web.people.address import say_what_was_sent
from assistants_app.web.project.accounts import too_many

logger = logging.getLogger(__name__)


@project_view("GET", verb="read")
def account(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the account of the person who asks."""
    return _render_page(request, project)


def _render_page(
    request: HttpRequest, project: Project, *, status: int = 200, **more: Any
) -> HttpResponse:
    person = author_of(request)
    context = {
        "project": project,
        "section": "settings",
        "person": person,
        "has_password": person.has_usable_password(),
        "profile": {"name": person.get_full_name(), "email": person.email},
        "owns_address": owns_address(person, person.email),
        "sends_mails": bool(settings.EMAIL_HOST),
        "provider": settings.OIDC,
        "is_connected": is_connected(person),
        "keys": _keys(project, person),
        "sessions": list_sessions(person, current=request.session.session_key or ""),
        **more,
    }
    return render(request, "people/account.html", context, status=status)


def _keys(project: Project, person: User) -> list[ApiKey]:
    # The settings show them to those who may make keys.
    actor = current_actor()
    if actor is None or actor.may("read_keys") or not actor.may("read_own_keys"):
        return []
    return personal_keys(project, person)


def _back(project: Project, part: str, done: str, request: HttpRequest) -> HttpResponse:
    messages.success(request, done)
    return redirect(f"{reverse('account', args=[project.id])}#{part}")


@project_view("POST", verb="change_own_account")
def save_account(request: HttpRequest, project: Project) -> HttpResponse:
    """Save the name and the e-mail address."""
    profile = {name: request.POST.get(name, "") for name in ("name", "email")}
    person = author_of(request)
    before = person.email
    try:
        accounts.save_profile(user=person, **profile)
    except InvalidRequest as error:
        errors = {error.param: error.message}
        return _render_page(request, project, status=422, profile=profile, errors=errors)
    messages.success(request, _("Your account was saved."))
    if person.email not in ("", before) and not owns_address(person, person.email):
        say_what_was_sent(request, project, person)
    return redirect(f"{reverse('account', args=[project.id])}#profile")


@project_view("POST", verb="change_own_account")
def set_password(request: HttpRequest, project: Project) -> HttpResponse:
    """Change the password, or set the first one, and end all other sessions."""
    person = author_of(request)
    attempt = None
    if person.has_usable_password():
        # A stolen session must not guess the password faster than anybody else.
        attempt = guesses.PasswordAttempt(
            username=person.get_username(), address=client_address(request), device_token=""
        )
        try:
            wait = attempt.wait()
        except guesses.CannotCount:
            refusal = _("Passwords can't be checked at the moment. Try again in a minute.")
            return _refuse_password(request, project, 503, refusal)
        if wait:
            response = _refuse_password(request, project, 429, too_many(wait))
            response["Retry-After"] = str(wait)
            return response
    form = _password_form(person, request)
    right = form.is_valid()
    if attempt and "old_password" not in form.errors:
        attempt.succeeded()
    if not right:
        errors = {field: " ".join(map(str, found)) for field, found in form.errors.items()}
        return _render_page(request, project, status=422, errors=errors)
    accounts.change_password(
        user=person,
        password=form.cleaned_data["new_password1"],
        session_key=request.session.session_key or "",
    )
    update_session_auth_hash(request, person)
    logger.info("User %s changed their password from %s.", person.pk, client_address(request))
    return _back(
        project, "password", _("Your password was changed, and other sessions ended."), request
    )


def _password_form(person: User, request: HttpRequest) -> "SetPasswordForm[User]":
    kind = PasswordChangeForm if person.has_usable_password() else SetPasswordForm
    return kind(person, request.POST)


def _refuse_password(
    request: HttpRequest, project: Project, status: int, refusal: str
) -> HttpResponse:
    return _render_page(request, project, status=status, errors={"old_password": refusal})


@project_view("POST", verb="change_own_account")
def end_session(request: HttpRequest, project: Project, session_id: str) -> HttpResponse:
    """End one session of the person."""
    sessions.end_session(user=author_of(request), session_id=session_id)
    return _back(project, "sessions", _("The session was ended."), request)


@project_view("POST", verb="change_own_account")
def sign_out_everywhere(request: HttpRequest, project: Project) -> HttpResponse:
    """End all sessions of the person, also this one, and their sign-in links."""
    person = author_of(request)
    sessions.end_all_sessions(user=person)
    logger.info("User %s signed out everywhere from %s.", person.pk, client_address(request))
    logout(request)
    return redirect("sign_in")
