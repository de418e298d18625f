"""What the commands about people share."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from assistants_app import conf
from assistants_app.models import Project
from assistants_app.services.project.projects import create_sign_in_link


def shown(text: str) -> str:
    """Return a text that others have written, without what a terminal would obey or hide."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def find_person(username: str) -> User:
    """Return the person with this username. Raises ``CommandError``."""
    person = User.objects.filter(username=username).first()
    if person is None:
        raise CommandError(
            f"There is nobody with the username {shown(username)}. `manage.py list_sessions` shows "
            "people who are signed in."
        )
    return person


def find_project(project_id: str) -> Project:
    """Return the project with this ID, or the only one for "". Raises ``CommandError``."""
    projects = Project.objects.order_by("pk")
    found = list(projects.filter(pk=project_id) if project_id else projects[:2])
    if len(found) == 1:
        return found[0]
    listed = "\n".join(f"  {project.id}  {shown(project.name)}" for project in projects[:50])
    problem = f"There is no project {shown(project_id)}." if project_id else "Name a project."
    raise CommandError(f"{problem} The projects are:\n{listed}" if listed else f"{problem}")


def new_link(person: User) -> str:
    """Return a line with a new sign-in link for the person."""
    if not person.is_active:
        return f"{shown(person.username)} is deactivated, so there is no sign-in link."
    path = reverse("use_sign_in_link", args=[create_sign_in_link(user=person)])
    until = timezone.now() + timedelta(seconds=conf.SIGN_IN_LINK_SECONDS)
    url = f"{settings.PUBLIC_URL.rstrip('/')}{path}"
    return f"Sign-in link, which works once until {until:%Y-%m-%d %H:%M} UTC:\n{url}"
