"""`manage.py list_sessions`: show who is signed in, where, and when they were last seen."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assistants_app.management.people import find_person, shown
from assistants_app.queries.people.sessions import all_sessions

HEADINGS = ("PERSON", "DEVICE", "ADDRESS", "SIGNED IN (UTC)", "LAST SEEN (UTC)")
TIME = "%Y-%m-%d %H:%M"


class Command(BaseCommand):
    help = "Show the sessions of the site: all of them, or those of one person."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", default="", help="default: everybody")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["username"]) if options["username"] else None
        rows = [
            (
                shown(username),
                shown(session.device) or "unknown",
                session.address or "unknown",
                f"{session.signed_in_at:{TIME}}",
                f"{session.last_seen_at:{TIME}}",
            )
            for username, session in all_sessions(person)
        ]
        if not rows:
            self.stdout.write("Nobody is signed in.")
            return
        widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
        for row in (HEADINGS, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
