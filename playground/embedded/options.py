"""The options of one-command mode, from environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from playground.embedded.errors import LaunchError
from playground.embedded.probe import port_is_free
from playground.embedded.servers.model import checked_model

PROJECT = Path(__file__).resolve().parents[2]
HIGHEST_PORT = 65_535
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


@dataclass(frozen=True)
class Options:
    """Checked options. An empty text means that the variable isn't set."""

    port: int
    host: str
    data_dir: Path
    public_url: str
    api_key: str
    secret_key: str
    database_url: str
    redis_url: str
    sandbox_hosts: str
    # Whether a model endpoint is given, which makes the local model unnecessary.
    has_provider: bool
    model_path: Path | None
    dev: bool = False

    @property
    def own_address(self) -> str:
        """The address at which the launcher itself reaches the web server."""
        return ANY_ADDRESS.get(self.host, self.host)


def read_options(environment: Mapping[str, str], *, dev: bool = False) -> Options:
    """Return the options. Raises LaunchError for a wrong value."""

    def given(name: str) -> str:
        return environment.get(name, "").strip()

    port = _port(given("PORT") or "8000")
    has_provider = bool(given("OPENAI_BASE_URL") or given("OPENAI_API_KEY"))
    model_path = Path(given("LOCAL_MODEL_PATH")) if given("LOCAL_MODEL_PATH") else None
    if model_path and not has_provider:
        model_path = checked_model(model_path)
    # Experiments and demo data of `make dev` stay out of the user's own data.
    default = PROJECT / (".data-dev" if dev else ".data")
    data_dir = Path(given("DATA_DIR")).expanduser() if given("DATA_DIR") else default
    return Options(
        port=port,
        host=given("HOST") or "127.0.0.1",
        data_dir=data_dir.absolute(),
        public_url=given("PUBLIC_URL") or f"http://127.0.0.1:{port}",
        api_key=given("BOOTSTRAP_API_KEY"),
        secret_key=given("SECRET_KEY"),
        database_url=given("DATABASE_URL"),
        redis_url=given("REDIS_URL"),
        sandbox_hosts=given("SANDBOX_HOSTS"),
        has_provider=has_provider,
        model_path=model_path,
        dev=dev,
    )


def require_free_port(options: Options) -> None:
    """Raise LaunchError unless the web server can listen on its host and port."""
    try:
        free = port_is_free(options.host, options.port)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise LaunchError(
            f"Can't listen on {options.host} port {options.port} ({reason}). Choose another "
            "HOST or PORT."
        ) from error
    if not free:
        raise LaunchError(
            f"Port {options.port} is in use. Stop the program that uses it, or choose another port "
            f"with PORT={options.port + 1 if options.port < HIGHEST_PORT else 8000} make run."
        )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= HIGHEST_PORT:
        raise LaunchError(f"PORT must be a number from 1 to {HIGHEST_PORT}, not {text!r}.")
    return int(text)
