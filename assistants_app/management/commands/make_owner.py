"""`manage.py make_owner`: make a person an owner of a project."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assistants_app.domain.rights import OWNER
from assistants_app.management.people import find_person, find_project, shown
from assistants_app.services.people.members import grant_role


class Command(BaseCommand):
    help = "Make a person an owner of a project, whether they are a member or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "project", nargs="?", default="", help="its ID (default: the only project)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["username"])
        project = find_project(options["project"])
        grant_role(project=project, user=person, role=OWNER)
        names = f"{shown(person.username)} is an owner of {shown(project.name)}"
        self.stdout.write(f"{names} ({project.id}).")
