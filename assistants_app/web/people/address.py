"""Confirm the e-mail address in one's profile, with a link that is mailed to it."""

import math

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.people.names import tidy_name
from assistants_app.models import Project
from assistants_app.queries.people.members import name_of
from assistants_app.services.people.address_links import (
    AddressLinkEnded,
    address_of_link,
    create_address_link,
    use_address_link,
)
from assistants_app.services.project import guesses
from assistants_app.web.http import author_of, project_view
from assistants_app.web.people import mails


def say_what_was_sent(request: HttpRequest, project: Project, person: User) -> None:
    """Mail the link to the address in the person's profile, and say on the next page how it went.

    Without a mail server, do nothing.
    """
    if not settings.EMAIL_HOST:
        return
    address = person.email
    try:
        wait = math.ceil(guesses.count_attempt([guesses.address_mails_of(person)]))
    except guesses.CannotCount:
        wait = 60
    if wait:
        problem = _("You have asked for several mails. Ask for the next one in %(seconds)d s.")
        messages.error(request, problem % {"seconds": wait})
    elif _send(project, person):
        done = _("We sent a link to %(address)s. Open it to confirm that this address is yours.")
        messages.success(request, done % {"address": address})
    else:
        problem = _("The mail server didn't accept the mail to %(address)s. Check the address.")
        messages.error(request, problem % {"address": address})


def _send(project: Project, person: User) -> bool:
    token = create_address_link(user=person)
    link = f"{settings.PUBLIC_URL}{reverse('confirm_address', args=[project.id, token])}"
    context = {"account": tidy_name(name_of(person)), "link": link}
    text = loader.render_to_string("people/address_mail.txt", context)
    return mails.send(subject=_("Confirm your e-mail address"), text=text, to=person.email)


@project_view("POST", verb="change_own_account")
def send_link(request: HttpRequest, project: Project) -> HttpResponse:
    """Mail the link to the address in the profile once more."""
    try:
        say_what_was_sent(request, project, author_of(request))
    except InvalidRequest as error:
        messages.error(request, error.message)
    return _to_profile(project)


@project_view("GET", "POST", verb={"GET": "read", "POST": "change_own_account"})
def confirm(request: HttpRequest, project: Project, token: str) -> HttpResponse:
    """GET: ask whether the address of a link is the person's. POST: confirm it."""
    response = _confirm(request, project, token)
    # The path has the token. With "no-referrer", browsers would also send `Origin: null` with the
    # form, which would be refused.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _confirm(request: HttpRequest, project: Project, token: str) -> HttpResponse:
    person = author_of(request)
    context = {"project": project, "section": "settings", "person": person}
    try:
        if request.method == "POST":
            address = use_address_link(user=person, token=token)
            messages.success(request, _("%(address)s is confirmed.") % {"address": address})
            return _to_profile(project)
        context["address"] = address_of_link(user=person, token=token)
    except AddressLinkEnded:
        return render(request, "people/confirm_address.html", context, status=404)
    except InvalidRequest as error:
        context["problem"] = error.message
        return render(request, "people/confirm_address.html", context, status=422)
    return render(request, "people/confirm_address.html", context)


def _to_profile(project: Project) -> HttpResponse:
    return redirect(f"{reverse('account', args=[project.id])}#profile")
