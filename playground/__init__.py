"""The project, which only wires the app together."""

# Without this import the web process would not know the Celery app, and could send no tasks.
from playground.celery import app as celery_app

__all__ = ["celery_app"]
