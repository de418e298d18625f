"""``manage.py reindex``: embed files again after a change of ``EMBEDDING_MODEL``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assistants_app.gateway.embedders import default_model
from assistants_app.queries.stores.stores import stores_of_other_models
from assistants_app.services.stores.indexing import reindex_store


class Command(BaseCommand):
    help = "Embed files again with the model in EMBEDDING_MODEL. Searches continue to work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("store", nargs="*", help="IDs of vector stores. Default: all stores.")

    def handle(self, *args: Any, **options: Any) -> None:
        model = default_model()
        for store_id in stores_of_other_models(model, only=options["store"]):
            count = reindex_store(store_id=store_id, model=model)
            self.stdout.write(f"{store_id}: {count} files queued for {model}")
