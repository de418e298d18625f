"""What the values of the app's settings must be like, one by one and together."""

from collections.abc import Mapping
from typing import Any

from assistants_app.conf import SETTINGS
from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.settings import AtMost, check_networks, check_origins

_ONE_MISSED = "one missed renewal must not lose the claim"
RELATIONS = (
    AtMost("HEARTBEAT_SECONDS", "LEASE_SECONDS", _ONE_MISSED, half=True),
    AtMost("INDEX_HEARTBEAT_SECONDS", "INDEX_LEASE_SECONDS", _ONE_MISSED, half=True),
    AtMost("LEASE_SECONDS", "RUN_EXPIRES_AFTER", "a lost run must be taken over in time"),
    AtMost("CODE_SECONDS", "RUN_EXPIRES_AFTER", "a run must outlast a call"),
    AtMost("ATTACHMENT_PATIENCE", "RUN_EXPIRES_AFTER", "a run must outlast the wait"),
    AtMost("RUN_EXPIRES_AFTER", "EVENT_LOG_TTL", "a waiting run must not lose its events"),
)


def check(given: Mapping[str, Any]) -> None:
    """Raise ``ConfigurationError`` unless the values can be used, and used together.

    Settings that are not `given` have their defaults.
    """
    if unknown := given.keys() - SETTINGS.keys():
        raise ConfigurationError(f"There is no setting named {min(unknown)}.")
    values = {name: setting.default for name, setting in SETTINGS.items()} | dict(given)
    for name, setting in SETTINGS.items():
        setting.check(name, values[name])
    for relation in RELATIONS:
        relation.check(values)
    check_origins("CORS_ORIGINS", values["CORS_ORIGINS"])
    for name in ("ENDPOINT_DENIED_NETWORKS", "ENDPOINT_ALLOWED_NETWORKS"):
        check_networks(name, values[name])
    if values["SANDBOX_HOSTS"] and not values["SANDBOX_SECRET"]:
        raise ConfigurationError("SANDBOX_HOSTS is set, so SANDBOX_SECRET must be set, too.")
