"""The forms for invitations, for those who invite."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.people.names import tidy_name
from assistants_app.models import Invitation, Project
from assistants_app.queries.people.members import name_of
from assistants_app.services.people import invitations
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.web.once import done_once, was_done_before
from assistants_app.web.people import mails
from assistants_app.web.people.page import redirect_to_people, render_people
from assistants_app.web.people.rows import role_named


@project_view("POST", verb="create_invitation")
@done_once
def create(request: HttpRequest, project: Project) -> HttpResponse:
    """Create an invitation, send it, and show its link."""
    if was_done_before():
        return _say_it_was_shown(request, project)
    try:
        invitation, token = invitations.create_invitation(
            project=project,
            inviter=author_of(request),
            role=request.POST.get("role", ""),
            email=request.POST.get("email", ""),
            days=whole_number(request.POST.get("days", "")) or 0,
        )
    except InvalidRequest as error:
        errors = {error.param or "form": error.message}
        return render_people(request, project, status=422, errors=errors, form=request.POST)
    return _show_link(request, project, invitation, token)


@project_view("POST", verb="renew_invitation")
@done_once
def renew(request: HttpRequest, project: Project, invitation_id: str) -> HttpResponse:
    """Give an invitation a new link, send it, and show it."""
    if was_done_before():
        return _say_it_was_shown(request, project)
    invitation, token = invitations.renew_invitation(
        project=project, inviter=author_of(request), invitation_id=invitation_id
    )
    return _show_link(request, project, invitation, token)


@project_view("POST", verb="revoke_invitation")
def revoke(request: HttpRequest, project: Project, invitation_id: str) -> HttpResponse:
    """Revoke an invitation."""
    invitations.revoke_invitation(project=project, invitation_id=invitation_id)
    messages.success(request, _("Invitation revoked. Its link no longer works."))
    return redirect_to_people(project, "invitations")


def _say_it_was_shown(request: HttpRequest, project: Project) -> HttpResponse:
    said = _(
        "The link was created when this form was sent before. If you didn't see it, create a new "
        "link for the invitation in the list."
    )
    messages.error(request, said)
    return redirect_to_people(project, "invitations")


def _show_link(
    request: HttpRequest, project: Project, invitation: Invitation, token: str
) -> HttpResponse:
    # Not a redirect: only a hash of the token is stored, so no later page could show the link.
    link = f"{settings.PUBLIC_URL}{reverse('invitation', args=[token])}"
    sent = bool(invitation.email) and send_invitation(invitation, link)
    unsent = bool(invitation.email and settings.EMAIL_HOST) and not sent
    return render_people(request, project, link=link, invited=invitation, sent=sent, unsent=unsent)


def send_invitation(invitation: Invitation, link: str) -> bool:
    """Send the link to the address of the invitation. Return whether a mail server took it."""
    context = {
        "inviter": tidy_name(name_of(invitation.invited_by)),
        "project": tidy_name(invitation.project.name),
        "role": role_named(invitation.role),
        "expires_at": invitation.expires_at,
        "link": link,
    }
    subject = _("%(inviter)s invites you to %(project)s") % context
    text = loader.render_to_string("people/invitation_mail.txt", context)
    return mails.send(subject=subject, text=text, to=invitation.email)
