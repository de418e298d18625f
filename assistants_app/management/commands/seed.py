"""`manage.py seed`: demo data for the first project. `make seed` calls it with a scripted model."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistants_app.management.demo.seeding import Seeder
from assistants_app.models import Project

RUN_MODEL = "scripted"
# What an assistant asks for when the site's model isn't known; any other can be chosen later.
FALLBACK_MODEL = "gpt-4o"


class Command(BaseCommand):
    help = "Add demo data: assistants, threads with finished runs, files and a vector store."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one line of JSON")
        parser.add_argument("--model", default="", help="the model of the demo assistants")
        parser.add_argument(
            "--run-model", default=RUN_MODEL, help="the model that answers the demo runs"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(deleted_at=None).order_by("pk").first()
        if project is None:
            raise CommandError("There is no project yet. Run `manage.py bootstrap` first.")
        seeder = Seeder(
            project, model=options["model"] or FALLBACK_MODEL, run_model=options["run_model"]
        )
        seeder.add_all()
        summary = summary_of(seeder.added)
        self.stdout.write(json.dumps({"summary": summary}) if options["json"] else summary)


def summary_of(added: Mapping[str, int]) -> str:
    """Return a sentence that says what was added."""
    if not added:
        return "The demo data is already there."
    parts = [f"{count} {noun}{'s' if count > 1 else ''}" for noun, count in sorted(added.items())]
    return f"Added {', '.join(parts[:-1])}{' and ' if len(parts) > 1 else ''}{parts[-1]}."
