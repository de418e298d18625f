"""The ASGI application: HTTP for the API and the site, websockets for the live page."""

import os
from typing import Any

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
django.setup(set_prefix=False)

from assistants_app.realtime.consumers import page_socket  # noqa: E402 - needs the apps
from playground.transport import ApiHandler, SiteHandler, prepare_daphne  # noqa: E402
from playground.websockets import prepare_websockets  # noqa: E402

prepare_daphne()
prepare_websockets()
api: Any = ApiHandler()
pages: Any = SiteHandler()
# Channels routes to ASGI applications where Django's types expect views, so these are `Any`.
application = ProtocolTypeRouter(
    {
        "http": URLRouter([re_path(r"^(v1|openai|api/projects)(/|$)", api), re_path(r"", pages)]),
        # Browsers send cookies with websockets of any site, so other origins are refused.
        "websocket": AllowedHostsOriginValidator(page_socket),
    }
)
