"""The Django project, which only connects the parts of the app."""

# The web process sends tasks, so it needs the Celery app too.
from playground.celery import app as celery_app

__all__ = ["celery_app"]
