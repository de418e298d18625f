"""The project: wiring only. Importing it makes the Celery app known, also to the web process."""

from playground.celery import app as celery_app

__all__ = ["celery_app"]
