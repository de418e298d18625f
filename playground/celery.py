"""The Celery app. The tasks are in assistants_app.tasks."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
# Django's checks import all pages, which a worker doesn't need. `manage.py migrate` runs them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("playground")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["assistants_app"])
