"""The prices of models, at the endpoints that answer for them."""

import threading
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from assistants_app.domain.money.prices import DatedPrice, Place, Tariff, tariff_of
from assistants_app.gateway.base_urls import is_local
from assistants_app.providers.endpoint import Endpoint
from assistants_app.queries.project.prices import dated_prices

# Seconds for which a process remembers a project's prices, so that runs need no query for them. A
# new price counts this much later in the other processes.
KEPT_FOR = 30.0
FORGET_ABOVE = 1000  # projects
VENDOR = "api.openai.com"

_known: dict[str, tuple[float, list[DatedPrice]]] = {}
_lock = threading.Lock()


def place_of(base_url: str, *, is_bundled: bool = False) -> Place:
    """Return what is known of the prices of an endpoint by its URL."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    # A name without a dot is one of the local network, such as a container's.
    is_near = bool(host) and (is_local(host) or ("." not in host and ":" not in host))
    return Place(base_url, is_free=is_bundled or is_near, is_vendor=host == VENDOR)


def place_of_endpoint(endpoint: Endpoint) -> Place:
    """Return the same of an endpoint."""
    return place_of(endpoint.base_url, is_bundled=endpoint.demo)


def tariff_for(project_id: str, place: Place, model: str) -> Tariff:
    """Return what tokens of the model cost at this place today."""
    prices = prices_of(project_id)
    # Days of prices are those of UTC, in which the vendor announces its own.
    return tariff_of(prices, place=place, model=model, day=datetime.now(UTC).date())


def prices_of(project_id: str) -> list[DatedPrice]:
    """Return the project's prices as this process knows them."""
    until, prices = _known.get(project_id, (0.0, []))
    if time.monotonic() < until:
        return prices
    prices = dated_prices(project_id)
    with _lock:
        if len(_known) > FORGET_ABOVE:
            _known.clear()
        _known[project_id] = time.monotonic() + KEPT_FOR, prices
    return prices


def forget_prices(project_id: str) -> None:
    """Read the project's prices again when they are next needed in this process."""
    with _lock:
        _known.pop(project_id, None)
