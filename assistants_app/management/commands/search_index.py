"""`manage.py search_index`: show how far the search index is updated, or update it now."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assistants_app.queries.words import rebuilds
from assistants_app.services import words

PAUSE = 0.5  # seconds before rows that others have locked are tried again


class Command(BaseCommand):
    help = "Show how far the search index of messages and chunks is updated to this version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now", action="store_true", help="update it in this process instead of the workers"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        while options["now"] and (table := words.claim_rebuild()):
            try:
                self._rebuild(table)
            finally:
                words.release_rebuild(table=table)
        waiting = rebuilds()
        for rebuild in waiting:
            self.stdout.write(f"{rebuild.table}: {rebuild.percent} %")
        if not waiting:
            self.stdout.write("The search index is up to date.")

    def _rebuild(self, table: str) -> None:
        step = words.Step.MORE
        while step is not words.Step.DONE:
            step = words.rebuild_next_rows(table=table)
            if step is words.Step.LOCKED:
                time.sleep(PAUSE)
