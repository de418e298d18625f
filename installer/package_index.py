"""Points uv at the package index that pip is configured for."""

import ast
from collections.abc import Mapping

# The sections of pip's configuration that `pip install` reads, the strongest last.
SECTIONS = ("global", "install", ":env:")
RENAMED = {
    "index-url": "UV_DEFAULT_INDEX",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}
# pip separates several values by spaces or lines.
RENAMED_LISTS = {
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
}
ALWAYS = {
    # pip looks into all of its indexes alike, and the hashes on the lists make that safe.
    "UV_INDEX_STRATEGY": "unsafe-best-match",
    # pip trusts the machine's certificates, which a company's proxy may need. Older uv releases
    # know the setting by the second name.
    "UV_SYSTEM_CERTS": "1",
    "UV_NATIVE_TLS": "1",
    "UV_PYTHON_DOWNLOADS": "never",
}


def pip_settings(listing: str) -> dict[str, str]:
    """Return pip's settings by name, from the output of ``pip config list``."""
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        section, _, rest = line.partition(".")
        name, _, literal = rest.partition("=")
        if section not in SECTIONS:
            continue
        try:
            value = str(ast.literal_eval(literal))
        except (SyntaxError, ValueError):
            continue
        rank = SECTIONS.index(section)
        if rank >= found.get(name, (0, ""))[0]:
            found[name] = (rank, value)
    return {name: value for name, (_, value) in found.items()}


def uv_environment(pip: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` with what makes uv find packages where pip would.

    People behind a mirror have pip configured, and uv seldom. Their uv settings win.
    """
    wanted = dict(ALWAYS)
    for name, variable in RENAMED.items():
        if pip.get(name):
            wanted[variable] = pip[name]
    for name, (variable, separator) in RENAMED_LISTS.items():
        if pip.get(name):
            wanted[variable] = separator.join(pip[name].split())
    if is_on(pip, "no-cache-dir"):
        wanted["UV_NO_CACHE"] = "1"
    if pip.get("keyring-provider") == "subprocess":
        wanted["UV_KEYRING_PROVIDER"] = "subprocess"
    if environ.get("UV_INDEX_URL"):
        # The older name of UV_DEFAULT_INDEX, which would win over it.
        wanted.pop("UV_DEFAULT_INDEX", None)
    return {**wanted, **environ}


def is_on(pip: Mapping[str, str], name: str) -> bool:
    """Return whether a setting of pip is switched on."""
    return pip.get(name, "").lower() in {"1", "true", "yes", "on"}
