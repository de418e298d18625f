"""`manage.py create_person`: create an account, and print a sign-in link for its person."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.people.names import tidy_name
from assistants_app.domain.rights import EDITOR, ROLES
from assistants_app.management.people import find_project, new_link, shown
from assistants_app.services.people.accounts import create_person
from assistants_app.services.people.members import grant_role


class Command(BaseCommand):
    help = "Create an account for a person, and print a one-time sign-in link for them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="what the person signs in with, such as an address")
        parser.add_argument("--name", default="", help="the name that others see")
        parser.add_argument(
            "--email", default="", help="e-mail address (default: the username, if it is one)"
        )
        parser.add_argument("--project", help="ID of a project that they become a member of")
        parser.add_argument(
            "--role", choices=ROLES, default=EDITOR, help="their role there (default: editor)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"].strip()
        email = options["email"] or (username if "@" in username else "")
        # Before anything is created.
        project = find_project(options["project"]) if options["project"] is not None else None
        try:
            person = create_person(username=username, name=tidy_name(options["name"]), email=email)
        except InvalidRequest as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Created {shown(person.username)}.")
        if project:
            grant_role(project=project, user=person, role=options["role"])
            self.stdout.write(f"Role in {shown(project.name)}: {options['role']}.")
        self.stdout.write(new_link(person))
