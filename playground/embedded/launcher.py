"""The order of a start and of an end."""

import signal
from collections.abc import Mapping

from playground.embedded.banner import banner
from playground.embedded.broker import EmbeddedValkey
from playground.embedded.console import Console
from playground.embedded.database import EmbeddedPostgres
from playground.embedded.folders import (
    FolderLock,
    kept_secret,
    make_folder,
    remove_socket_folder,
    require_space,
    socket_folder,
    unusable,
)
from playground.embedded.model import LocalModel
from playground.embedded.options import PROJECT, Options, read_options, require_free_port
from playground.embedded.part import Part
from playground.embedded.probe import http_status
from playground.embedded.site import ManageCommand, SiteProcess, environment_for_site
from playground.embedded.stamps import Stamp
from playground.embedded.supervisor import StopRequested, Supervisor

SERVER_START_SECONDS = 60.0
SITE_START_SECONDS = 90.0
MODEL_START_SECONDS = 300.0
FREE_MEGABYTES = 16
LOCK_FILE = PROJECT / "requirements" / "app.txt"
MIGRATE = ("migrate", "--noinput", "--verbosity", "0")
COLLECT = ("collectstatic", "--noinput", "--verbosity", "0")


def launch(environment: Mapping[str, str], console: Console) -> None:
    """Runs everything until Ctrl-C or SIGTERM. Raises LaunchError when that cannot be."""
    supervisor = Supervisor(console.say)
    supervisor.handle_signals()
    options = read_options(environment)
    make_folder(options.data_dir)
    require_space(options.data_dir, FREE_MEGABYTES)
    try:
        lock = FolderLock(
            options.data_dir / "lock",
            f"Another copy (process {{pid}}) already uses the data folder {options.data_dir}: "
            "stop it, or choose another DATA_DIR and PORT.",
        )
    except OSError as error:
        raise unusable(options.data_dir, error) from error
    require_free_port(options)
    Launcher(options, environment, console, supervisor).run()
    lock.release()


class Launcher:
    """One start, from the data folder to the banner, and its end."""

    def __init__(
        self,
        options: Options,
        environment: Mapping[str, str],
        console: Console,
        supervisor: Supervisor,
    ) -> None:
        self._options = options
        self._console = console
        self._supervisor = supervisor
        data, sink = options.data_dir, console.sink
        self._api_key = options.api_key or kept_secret(data / "api_key", "sk-ap-")
        self._sockets = socket_folder(data)
        self._postgres: EmbeddedPostgres | None = None
        self._valkey: EmbeddedValkey | None = None
        self._model: LocalModel | None = None
        if not options.database_url:
            self._postgres = EmbeddedPostgres(
                data / "postgres", self._sockets / "db", log=sink("postgres")
            )
        if not options.redis_url:
            self._valkey = EmbeddedValkey(data / "valkey", self._sockets, log=sink("valkey"))
        if not options.has_provider:
            self._model = LocalModel(options.model_path, log=sink("model"))
        self._env = environment_for_site({**environment, **self._exports()})
        self._worker = SiteProcess("worker", self._env, log=sink("worker"))
        self._indexer = SiteProcess("indexer", self._env, log=sink("indexer"))
        self._interpreter: SiteProcess | None = None
        if not options.sandbox_hosts:
            self._interpreter = SiteProcess(
                "interpreter", self._interpreter_environment(), log=sink("interpreter")
            )
        self._web = SiteProcess("web", self._env, ready=self._web_answers, log=sink("web"))

    def run(self) -> None:
        """Starts all, waits for a reason to end, ends all."""
        try:
            sign_in_path = self._start()
            self._console.say(
                banner(self._options, self._api_key, sign_in_path, self._model_name())
            )
            while True:
                self._supervisor.pause()
        except StopRequested:
            self._console.say("Stopping.")
        finally:
            servers: list[Part | None] = [self._model, self._valkey, self._postgres]
            stages = [[part] for part in servers if part is not None]
            site: list[Part | None] = [self._web, self._worker, self._indexer, self._interpreter]
            self._supervisor.stop([[part for part in site if part is not None], *stages])
            remove_socket_folder(self._options.data_dir, self._sockets)

    def _start(self) -> str:
        """The path of the one-time sign-in link."""
        supervisor = self._supervisor
        databases = [part for part in (self._postgres, self._valkey) if part is not None]
        for part in (*databases, self._model):
            if part is not None:
                supervisor.keep(part)
        self._collect_static_files()
        supervisor.wait_ready(*databases, timeout=SERVER_START_SECONDS)
        migrated = self._migrate_unless_known()
        supervisor.keep(self._web)
        supervisor.keep(self._worker)
        supervisor.keep(self._indexer)
        if self._interpreter is not None:
            supervisor.keep(self._interpreter)
            supervisor.settle(self._interpreter)
        if not migrated:
            # The stamp is only a guess, so it is looked at all the same, beside the others' start.
            self._manage(*MIGRATE)
        answer = self._manage("bootstrap", "--json")
        if self._model is not None:
            # Before the web server is asked, which remembers for a while that no model answered.
            supervisor.wait_ready(self._model, timeout=MODEL_START_SECONDS)
        supervisor.wait_ready(self._web, timeout=SITE_START_SECONDS)
        supervisor.settle(self._worker)
        supervisor.settle(self._indexer)
        return str(answer.get("sign_in_path", "/"))

    def _collect_static_files(self) -> None:
        stamp = Stamp(self._options.data_dir / "static.stamp", PROJECT / "static", LOCK_FILE)
        if not (self._options.data_dir / "static").is_dir() or not stamp.is_current():
            self._manage(*COLLECT)
            stamp.renew()

    def _migrate_unless_known(self) -> bool:
        """False when this database was migrated by the same files before."""
        if self._postgres is None:
            self._manage(*MIGRATE)
            return True
        # In the database's own folder: one that is put in its place has no stamp, or its own.
        path = self._postgres.data_dir / "playground_schema.stamp"
        stamp = Stamp(path, PROJECT / "assistants_app" / "migrations", LOCK_FILE)
        if stamp.is_current():
            return False
        self._manage(*MIGRATE)
        stamp.renew()
        return True

    def _manage(self, *arguments: str) -> dict[str, object]:
        """Runs a command of manage.py; notices Ctrl-C meanwhile."""
        command = ManageCommand(*arguments, env=self._env, log=self._console.sink("setup"))
        try:
            while command.child.is_alive():
                self._supervisor.pause(0.02)
        except BaseException:
            command.child.send(signal.SIGKILL)
            raise
        return command.answer()

    def _web_answers(self) -> bool:
        options = self._options
        return http_status(options.own_address, options.port, "/v1/models", self._api_key) == 200

    def _model_name(self) -> str:
        return self._model.model_name if self._model else ""

    def _interpreter_environment(self) -> dict[str, str]:
        """What the process next to model-written code knows: no key and no database."""
        listen = self._env["SANDBOX_HOSTS"]
        passed = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONUNBUFFERED", "SANDBOX_SECRET")
        kept = {name: self._env[name] for name in passed if name in self._env}
        return {**kept, "SANDBOX_LISTEN": listen}

    def _exports(self) -> dict[str, str]:
        """What the site is told about this start (playground/settings.py)."""
        options = self._options
        exports = {
            "DATA_DIR": str(options.data_dir),
            "HOST": options.host,
            "PORT": str(options.port),
            "PUBLIC_URL": options.public_url,
            "SECRET_KEY": options.secret_key or kept_secret(options.data_dir / "secret_key"),
            "BOOTSTRAP_API_KEY": self._api_key,
            "DATABASE_URL": self._postgres.url if self._postgres else options.database_url,
            "REDIS_URL": self._valkey.url if self._valkey else options.redis_url,
        }
        if not options.sandbox_hosts:
            exports["SANDBOX_HOSTS"] = f"unix:{self._sockets / 'interpreter'}"
            exports["SANDBOX_SECRET"] = kept_secret(options.data_dir / "sandbox_secret")
        if self._model:
            exports["LOCAL_MODEL_URL"] = self._model.url
            exports["LOCAL_MODEL_KEY"] = self._model.key
        return exports
