"""Base URLs of OpenAI-compatible servers, as people type them."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

VERSION = "/v1"
DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Paths below a base URL, which are often copied along with it.
CALLS = ("/chat/completions", "/completions", "/embeddings", "/responses", "/models")


def tidy(text: str) -> str:
    """Return the URL in its usual form: a lower-case host, no default port and no slash at the end.

    Raises :class:`ValueError` for text that isn't the URL of a web server.
    """
    text = text.strip()
    if "://" not in text:
        text = f"{_scheme_for(text.partition('/')[0])}://{text}"
    parts = urlsplit(text)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or any(map(str.isspace, text)):
        raise ValueError(text)
    path = parts.path.rstrip("/")
    for call in CALLS:
        path = path.removesuffix(call)
    # A password in the URL belongs to it. A query and a fragment can't be part of a base URL.
    user, at, _ = parts.netloc.rpartition("@")
    netloc = f"{user}{at}{_host_and_port(parts)}"
    return f"{parts.scheme}://{netloc}{path.rstrip('/')}"


def _scheme_for(netloc: str) -> str:
    """Return the scheme to try for a host and port without one, or "" if it isn't a host."""
    parts = urlsplit(f"//{netloc}")
    host = parts.hostname or ""
    if is_local(host) or ("." not in host and parts.port):
        return "http"
    return "https" if "." in host else ""


def is_local(host: str) -> bool:
    """Return whether the host is this machine, or one of a private network."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback or address.is_link_local


def _host_and_port(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    name = f"[{host}]" if ":" in host else host
    port = parts.port
    return name if port in {None, DEFAULT_PORTS[parts.scheme]} else f"{name}:{port}"


def candidates(base_url: str) -> list[str]:
    """Return the URLs to try for a tidy one: with and without the version, the likelier first."""
    if base_url.endswith(VERSION):
        return [base_url]
    versioned = base_url + VERSION
    has_path = bool(urlsplit(base_url).path)
    return [base_url, versioned] if has_path else [versioned, base_url]


def server_of(base_url: str) -> str:
    """Return what two URLs of the same API have in common."""
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme)
    path = parts.path.rstrip("/").removesuffix(VERSION)
    return f"{'localhost' if host in LOOPBACK else host}:{port}{path}"
