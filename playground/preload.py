"""What the site, the workers and the indexers import, for a parent that forks them."""

import os
import sys
from importlib import import_module
from types import ModuleType

import django

# Not the server (daphne.server, playground.asgi): its import opens an event loop, and a fork must
# not share one.
MODULES = (
    "assistants_app.tasks",
    "celery.bin.celery",
    "celery.bin.worker",
    "celery.app.amqp",
    "celery.app.log",
    "celery.apps.worker",
    "celery.concurrency.solo",
    "celery.concurrency.thread",
    "celery.contrib.django.task",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.consumer.delayed_delivery",
    "celery.worker.strategy",
    "kombu.pidbox",
    "kombu.transport.redis",
    "playground.urls",
    "assistants_app.realtime.consumers",
    "channels.routing",
    "whitenoise.middleware",
    "twisted.internet.asyncioreactor",
    "twisted.web.http",
    "autobahn.websocket.protocol",
)


def preload() -> None:
    """Import the modules, and set up Django. Opens no connection and starts no thread."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    django.setup(set_prefix=False)
    # The shell of `celery amqp`, which nobody starts from here. It would take 7 MB.
    shell = ModuleType("click_repl")
    shell.register_repl = lambda _group: None  # type: ignore[attr-defined]
    sys.modules.setdefault("click_repl", shell)
    for name in MODULES:
        import_module(name)
