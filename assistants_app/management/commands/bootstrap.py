"""`manage.py bootstrap`: create the first project, owner and API key, and a sign-in link."""

import json
import os
import secrets
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from assistants_app.queries.project.access import find_api_key
from assistants_app.services.project import projects


class Command(BaseCommand):
    help = (
        "Create the first project, its owner and an API key (BOOTSTRAP_API_KEY), unless there are "
        "people already. Print a one-time sign-in link for an owner."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="Print the result as a line of JSON."
        )
        parser.add_argument("--no-link", action="store_true", help="Create no sign-in link.")
        # In the same process, because starting another one takes a second.
        parser.add_argument("--migrate", action="store_true", help="Run `migrate` first.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["migrate"]:
            call_command("migrate", interactive=False, verbosity=0)
        api_key = os.environ.get("BOOTSTRAP_API_KEY") or (
            projects.KEY_PREFIX + secrets.token_urlsafe(36)
        )
        try:
            project, user = projects.bootstrap(api_key=api_key)
        except projects.NobodyLeft as error:
            raise CommandError(str(error)) from error
        answer = {"project": project.id} if project else {}
        if find_api_key(api_key):
            answer["api_key"] = api_key
        if not options["no_link"]:
            token = projects.create_sign_in_link(user=user)
            answer["sign_in_path"] = reverse("use_sign_in_link", args=[token])
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in answer.items()))
