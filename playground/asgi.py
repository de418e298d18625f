"""The ASGI application: HTTP for the API and the site, websockets for the live page."""

import os
import re
from collections.abc import Mapping
from typing import Any

import django
from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.urls import Resolver404, resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
django.setup(set_prefix=False)

from assistants_app.api.addresses import is_from_api_client  # noqa: E402 - these need the apps
from assistants_app.api.application import application as api_application  # noqa: E402
from assistants_app.api.request import headers_of  # noqa: E402
from assistants_app.garbage import collect_less_often  # noqa: E402
from assistants_app.realtime.consumers import page_socket  # noqa: E402
from playground.door import Door  # noqa: E402
from playground.origins import for_own_pages  # noqa: E402
from playground.transport import SiteHandler, with_connections  # noqa: E402
from playground.web_server import prepare_daphne  # noqa: E402

API = re.compile(r"/(v1|openai|api/projects)(/|$)")


def is_for_api(scope: Mapping[str, Any]) -> bool:
    """Return whether the API responds to a request, and not the site."""
    path = scope["path"]
    if API.match(path):
        return True
    # At a wrong address, clients of the API get JSON, and browsers a page.
    return is_from_api_client(path, headers_of(scope)) and not _is_page(path)


def _is_page(path: str) -> bool:
    if path.startswith(settings.STATIC_URL):
        return True
    try:
        resolve(path)
    except Resolver404:
        return False
    except Exception:  # noqa: BLE001 - Django meets the same error, answers and logs it
        return True
    return True


async def http(scope: Any, receive: Any, send: Any) -> None:
    """Serve a request of the API or the site."""
    await (api if is_for_api(scope) else pages)(scope, receive, send)


prepare_daphne(Door(is_for_api))
api = with_connections(api_application)
pages: Any = SiteHandler()
# Channels routes to ASGI applications where Django's types expect views, so these are `Any`.
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": for_own_pages(page_socket),
    }
)
collect_less_often()
