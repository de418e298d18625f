"""The interpreter hosts of this installation."""

from functools import cache

from assistants_app import conf
from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import Sandbox, SandboxUnavailable
from assistants_app.sandbox.remote import RemoteSandbox

HOST_PATIENCE = 15.0  # seconds: a host that died is there again by then


def sandbox() -> Sandbox:
    """Where model-written code runs. Raises ``SandboxUnavailable`` if nowhere."""
    if not conf.SANDBOX_HOSTS:
        raise SandboxUnavailable(
            "This installation has no interpreter host, so the code interpreter cannot run: start "
            "one and name it in SANDBOX_HOSTS (docs/sandbox.md)."
        )
    return _remote(tuple(conf.SANDBOX_HOSTS), conf.SANDBOX_SECRET)


@cache
def _remote(hosts: tuple[str, ...], secret: str) -> RemoteSandbox:
    return RemoteSandbox(hosts, secret, patience=HOST_PATIENCE)


def limits() -> Limits:
    """What one call may take."""
    return Limits(wall_seconds=conf.CODE_SECONDS)


def close_session_of(thread_id: str) -> None:
    """End the thread's session, if there is one."""
    if conf.SANDBOX_HOSTS:
        sandbox().close(thread_id)
