"""The site's ASGI application, which misses processes right after its own start."""

from assistants_app.events import presence
from playground.asgi import application

__all__ = ["application"]

presence.GRACE_SECONDS = 0.0
