"""The interpreter hosts of this installation."""

from functools import cache

from assistants_app import conf
from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import Sandbox, SandboxUnavailable
from assistants_app.sandbox.remote import RemoteSandbox

HOST_PATIENCE = 15.0  # seconds, by which a host that died has been restarted


def sandbox() -> Sandbox:
    """Return the sandbox for model-written code. Raises ``SandboxUnavailable`` without hosts."""
    if not conf.SANDBOX_HOSTS:
        raise SandboxUnavailable(
            "The code interpreter can't run because no interpreter host is configured. Start one "
            "and set SANDBOX_HOSTS (docs/sandbox.md)."
        )
    return _remote_sandbox(tuple(conf.SANDBOX_HOSTS), conf.SANDBOX_SECRET)


@cache
def _remote_sandbox(hosts: tuple[str, ...], secret: str) -> RemoteSandbox:
    return RemoteSandbox(hosts, secret, patience=HOST_PATIENCE)


def is_answered() -> bool:
    """Return whether an interpreter host answers."""
    return (
        bool(conf.SANDBOX_HOSTS)
        and _remote_sandbox(tuple(conf.SANDBOX_HOSTS), conf.SANDBOX_SECRET).is_answered()
    )


def limits() -> Limits:
    """Return the limits of one call."""
    return Limits(wall_seconds=conf.CODE_SECONDS)


def close_session_of(thread_id: str) -> None:
    """End the thread's session if it has one."""
    if conf.SANDBOX_HOSTS:
        sandbox().close(thread_id)
