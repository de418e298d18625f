"""`manage.py reset_access`: end a person's sessions and password, and print a new sign-in link."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assistants_app.management.people import find_person, new_link
from assistants_app.models import ApiKey
from assistants_app.services.people.accounts import reset_access


class Command(BaseCommand):
    help = (
        "End all sessions and sign-in links of a person, remove their password, and print a new "
        "link, for example when the password is forgotten or stolen."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--keys", action="store_true", help="also revoke the person's own API keys"
        )
        parser.add_argument("--no-link", action="store_true", help="create no sign-in link")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["username"])
        sessions, keys = reset_access(user=person, revoke_keys=options["keys"])
        self.stdout.write(f"Ended sessions: {sessions}. The password was removed.")
        if options["keys"]:
            self.stdout.write(f"Revoked API keys: {keys}.")
        elif left := ApiKey.objects.filter(user=person, revoked_at=None).count():
            self.stdout.write(f"API keys that still work: {left}. --keys revokes them.")
        if not options["no_link"]:
            self.stdout.write(new_link(person))
