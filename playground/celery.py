"""The Celery app, which brings tasks to workers. The tasks are in assistants_app.tasks."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
# Django's checks import all pages, which workers don't need. `manage.py migrate` runs the checks.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("playground")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["assistants_app"])
