"""`manage.py verify_address`: vouch for a person's e-mail address."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistants_app.domain.errors import InvalidRequest
from assistants_app.management.people import find_person, shown
from assistants_app.services.people.accounts import vouch_for_address


class Command(BaseCommand):
    help = (
        "Vouch for an e-mail address of a person, who can then sign in with it, and accept "
        "invitations for it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["username"])
        try:
            vouch_for_address(user=person, email=options["email"])
        except InvalidRequest as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{shown(person.email)} belongs to {shown(person.username)}.")
