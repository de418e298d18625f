"""The order in which everything starts and stops."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from playground.embedded.banner import banner
from playground.embedded.changes import Changes
from playground.embedded.console import Console
from playground.embedded.errors import LaunchError
from playground.embedded.folders import (
    FolderLock,
    kept_secret,
    make_folder,
    remove_socket_folder,
    require_space,
    socket_folder,
    unusable,
)
from playground.embedded.forked.parent import SiteParent, is_possible
from playground.embedded.later import Later
from playground.embedded.noted import note_model
from playground.embedded.options import PROJECT, Options, require_free_port
from playground.embedded.part import Part
from playground.embedded.probe import OK, WRONG_KEY, http_status
from playground.embedded.scripted.part import KEY, ScriptedModel
from playground.embedded.servers.broker import EmbeddedValkey
from playground.embedded.servers.database import EmbeddedPostgres
from playground.embedded.servers.model import LocalModel
from playground.embedded.site import ManageCommand, SiteProcess, environment_for_site
from playground.embedded.stamps import Stamp
from playground.embedded.supervisor import StopRequested, Supervisor

SERVER_START_SECONDS = 60.0
SITE_START_SECONDS = 90.0
MODEL_START_SECONDS = 300.0
FREE_MEGABYTES = 16
WATCH_SECONDS = 0.2
# Between two looks at a command of an operator, and from a signal until the command has to stop.
POLL_SECONDS, GRACE_SECONDS = 0.05, 1.0
STEPS = 2
LOCK_FILE = PROJECT / "requirements" / "app.txt"
MIGRATE = ("migrate", "--noinput", "--verbosity", "0")
PREPARE = ("bootstrap", "--migrate", "--json")
NO_LINK = "--no-link"
COLLECT = ("collectstatic", "--noinput", "--verbosity", "0")


def launch(options: Options, environment: Mapping[str, str], console: Console) -> None:
    """Run everything until Ctrl-C or SIGTERM. Raises LaunchError if that isn't possible."""
    supervisor = Supervisor(console.say, patient=options.dev)
    supervisor.handle_signals()
    make_folder(options.data_dir)
    require_space(options.data_dir, FREE_MEGABYTES)
    lock = lock_data_folder(options)
    require_free_port(options)
    Launcher(options, environment, console, supervisor).run()
    lock.release()


def lock_data_folder(options: Options) -> FolderLock:
    """Lock the data folder. Raises FolderBusy if another launcher runs on it, and LaunchError."""
    try:
        return FolderLock(
            options.data_dir / "lock",
            f"Another copy (process {{pid}}) already uses the data folder {options.data_dir}. "
            "Stop it, or choose another DATA_DIR and PORT.",
        )
    except OSError as error:
        raise unusable(options.data_dir, error) from error


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
        self._steps_done = int(environment.get("STEPS_DONE", "0"))
        data, sink = options.data_dir, console.sink
        # Not before the banner was shown: a start that fails shows nothing that could be noted.
        self._banner_shown = data / "banner_shown"
        self._is_first = not self._banner_shown.exists()
        self._key_is_new = not options.api_key and not (data / "api_key").exists()
        self._steps_total = self._steps_done + STEPS + self._is_to_be_seeded()
        self._api_key = options.api_key or kept_secret(data / "api_key", "sk-ap-")
        self._sockets = socket_folder(data)
        self._postgres: EmbeddedPostgres | None = None
        self._valkey: EmbeddedValkey | None = None
        self._model: LocalModel | ScriptedModel | None = None
        if not options.database_url:
            self._postgres = EmbeddedPostgres(
                data / "postgres", self._sockets / "db", log=sink("postgres")
            )
        if not options.redis_url:
            self._valkey = EmbeddedValkey(data / "valkey", self._sockets, log=sink("valkey"))
        if options.dev and not options.has_provider:
            self._model = ScriptedModel(log=sink("model"))
        elif not options.has_provider:
            self._model = LocalModel(options.model_path, log=sink("model"))
        self._env = environment_for_site({**environment, **self._exports()})
        # Not for development: after each change, the parent would import everything again before
        # the page could answer.
        self._parent: SiteParent | None = None
        if is_possible() and not options.dev:
            self._parent = SiteParent(self._env, self._sockets / "site", log=sink("site"))
        self._worker = SiteProcess("worker", self._env, parent=self._parent, log=sink("worker"))
        self._indexer = SiteProcess("indexer", self._env, parent=self._parent, log=sink("indexer"))
        self._interpreter: SiteProcess | None = None
        if not options.sandbox_hosts:
            self._interpreter = SiteProcess(
                "interpreter",
                self._interpreter_environment(),
                # The launcher says when everything is ready.
                log=sink("interpreter", but="Listening at "),
            )
        self._web = SiteProcess(
            "web", self._env, parent=self._parent, ready=self._web_answers, log=sink("web")
        )

    def run(self) -> None:
        """Start everything, wait for a reason to stop, stop everything."""
        later = Later(self._console.say)
        note_model(self._options.data_dir, self._exports())
        try:
            sign_in_path = self._start()
            key = self._api_key if self._is_first else ""
            self._console.say(banner(self._options, key, sign_in_path, self._model_name()))
            self._banner_shown.touch()
            later.start()
            changes = self._changes() if self._options.dev else None
            while True:
                self._supervisor.pause(WATCH_SECONDS if changes else None)
                if changes:
                    changes.apply()
        except StopRequested:
            self._console.say("Stopping.")
        finally:
            later.stop()
            self._stop()
            remove_socket_folder(self._options.data_dir, self._sockets)

    def seed(self, *, model: str, running: bool) -> None:
        """Add the demo data, whose runs the scripted model answers.

        `model`: the name that the demo assistants get. `running`: another launcher runs the site
        on this data folder.
        """
        scripted = ScriptedModel(log=self._console.sink("model"))
        try:
            self._supervisor.keep(scripted)
            with self._databases(running):
                if not running and self._interpreter is not None:
                    self._supervisor.keep(self._interpreter)
                self._supervisor.wait_ready(scripted, timeout=SERVER_START_SECONDS)
                endpoint = {"OPENAI_BASE_URL": scripted.url, "OPENAI_API_KEY": KEY}
                answer = self._manage("seed", "--json", "--model", model, **endpoint)
                self._console.say(str(answer["summary"]))
        except StopRequested:
            self._console.say("Stopped. Run the command again to add the rest.")
        finally:
            self._supervisor.stop([[scripted]])

    def manage(self, arguments: Sequence[str], *, running: bool) -> int:
        """Run a command of manage.py in this console, and return its exit status."""
        with contextlib.suppress(StopRequested), self._databases(running):
            # It may ask questions, such as for a new password, so it has the console for itself.
            argv = [sys.executable, str(PROJECT / "manage.py"), *arguments]
            with subprocess.Popen(argv, env=self._env, cwd=PROJECT) as process:
                return self._status_at_end(process)
        return 1

    def _status_at_end(self, process: subprocess.Popen[bytes]) -> int:
        try:
            while process.poll() is None:
                self._supervisor.pause(POLL_SECONDS)
        except (StopRequested, LaunchError):
            # Ctrl-C reaches the command as well. A signal to this process alone doesn't.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_SECONDS)
            process.terminate()
        status = process.wait()
        # As a shell does for a process that a signal has ended.
        return status if status >= 0 else 128 - status

    @contextlib.contextmanager
    def _databases(self, running: bool) -> Iterator[None]:
        """Have the databases ready: those that run already, or our own meanwhile."""
        if running:
            yield
            return
        try:
            self._start_databases()
            self._manage(*PREPARE, NO_LINK)
            yield
        finally:
            self._stop()
            remove_socket_folder(self._options.data_dir, self._sockets)

    def new_link(self) -> str:
        """Return a new sign-in link."""
        path = self._manage("bootstrap", "--json")["sign_in_path"]
        return f"{self._options.public_url.rstrip('/')}{path}"

    def _start(self) -> str:
        """Return the path of the one-time sign-in link, "" unless this is the first start."""
        supervisor = self._supervisor
        self._step("Preparing the database and the static files")
        if self._model is not None:
            # Without it, threads can still be read, and endpoints connected.
            supervisor.keep(self._model, essential=False)
        if self._parent is not None:
            # Its imports take as long as the steps until it has to fork.
            supervisor.keep(self._parent)
        # Both take seconds at the first start, and each keeps a core busy.
        collecting = self._collect_static_files()
        self._start_databases()
        answer = self._prepare_database_unless_known()
        if collecting is not None:
            self._finish(collecting)
            self._static_stamp().renew()
        self._step("Starting the site")
        supervisor.keep(self._web)
        # The pages say that one of these doesn't run (assistants_app/events/presence.py).
        for part in (self._worker, self._indexer, self._interpreter):
            if part is not None:
                supervisor.settle(part)
                supervisor.keep(part, essential=False)
        if answer is None:
            # The stamp is a guess, so check it, while the others start.
            answer = self._prepare_database()
        if self._model is not None:
            # Before the web server is asked: it remembers for a while that no model answered.
            supervisor.wait_ready(self._model, timeout=MODEL_START_SECONDS)
        supervisor.wait_ready(self._web, timeout=SITE_START_SECONDS)
        if self._parent is not None:
            supervisor.settle(self._parent)
        if self._is_to_be_seeded():
            self._add_demo_data()
        return str(answer.get("sign_in_path", ""))

    def _is_to_be_seeded(self) -> bool:
        # At the first start only. Later `make seed` adds what the developer has deleted.
        return self._options.dev and self._key_is_new

    def _add_demo_data(self) -> None:
        self._step("Adding demo data")
        try:
            self._manage("seed", "--json", "--model", self._model_name())
        except LaunchError as error:
            self._console.say(f"{error}. The site works without demo data.")

    def _start_databases(self) -> None:
        databases = [part for part in (self._postgres, self._valkey) if part is not None]
        for part in databases:
            self._supervisor.keep(part)
        self._supervisor.wait_ready(*databases, timeout=SERVER_START_SECONDS)

    def _stop(self) -> None:
        stages: list[list[Part | None]] = [
            [self._web, self._worker, self._indexer, self._interpreter],
            [self._parent, self._model],
            [self._valkey],
            [self._postgres],
        ]
        self._supervisor.stop([[part for part in stage if part is not None] for stage in stages])

    def _step(self, title: str) -> None:
        self._steps_done += 1
        self._console.say(f"[{self._steps_done}/{self._steps_total}] {title} ...")

    def _static_stamp(self) -> Stamp:
        return Stamp(self._options.data_dir / "static.stamp", PROJECT / "static", LOCK_FILE)

    def _collect_static_files(self) -> ManageCommand | None:
        # With DEBUG, pages load static files from where they are edited.
        collected = self._options.data_dir / "static"
        if self._options.dev:
            make_folder(collected)
            return None
        if collected.is_dir() and self._static_stamp().is_current():
            return None
        return self._begin(*COLLECT)

    def _prepare_database_unless_known(self) -> dict[str, object] | None:
        """Return the answer of `manage.py bootstrap`, or None if the schema seems to be current."""
        if self._postgres is None:
            return self._prepare_database()
        # Kept in the database's own folder: a folder put in its place has no stamp, or its own.
        path = self._postgres.data_dir / "playground_schema.stamp"
        stamp = Stamp(path, PROJECT / "assistants_app" / "migrations", LOCK_FILE)
        if stamp.is_current():
            return None
        answer = self._prepare_database()
        stamp.renew()
        return answer

    def _prepare_database(self) -> dict[str, object]:
        # Later starts make no link either: consoles are logged, and a link works for a day.
        return self._manage(*PREPARE, *([] if self._is_first else [NO_LINK]))

    def _begin(self, *arguments: str, **environ: str) -> ManageCommand:
        sink = self._console.sink("setup")
        return ManageCommand(*arguments, env={**self._env, **environ}, log=sink)

    def _finish(self, command: ManageCommand) -> dict[str, object]:
        # Polled, so that Ctrl-C works meanwhile.
        try:
            while command.child.is_alive():
                self._supervisor.pause(0.02)
        except BaseException:
            command.child.send(signal.SIGKILL)
            raise
        return command.answer()

    def _manage(self, *arguments: str, **environ: str) -> dict[str, object]:
        return self._finish(self._begin(*arguments, **environ))

    def _web_status(self) -> int | None:
        # Both, because the API answers also if a page's module can't be imported. An owner may
        # have revoked the first key.
        api = self._status_of("/v1/models")
        return self._status_of("/sign-in/") if api in (OK, WRONG_KEY) else api

    def _status_of(self, path: str) -> int | None:
        options = self._options
        return http_status(options.own_address, options.port, path, self._api_key)

    def _web_answers(self) -> bool:
        return self._web_status() == OK

    def _model_name(self) -> str:
        return self._model.model_name if self._model else ""

    def _changes(self) -> Changes:
        return Changes(
            self._supervisor,
            self._console.say,
            web=self._web,
            status=self._web_status,
            workers=[self._worker, self._indexer],
            interpreter=self._interpreter,
            model=self._model,
            migrate=partial(self._manage, *MIGRATE),
        )

    def _interpreter_environment(self) -> dict[str, str]:
        # The process next to model-written code must know no key and no database.
        listen = self._env["SANDBOX_HOSTS"]
        passed = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONUNBUFFERED", "SANDBOX_SECRET")
        limits = ("SANDBOX_MEMORY_BYTES", "SANDBOX_SESSIONS", "SANDBOX_IDLE_SECONDS")
        kept = {name: self._env[name] for name in (*passed, *limits) if name in self._env}
        return {**kept, "SANDBOX_LISTEN": listen}

    def _exports(self) -> dict[str, str]:
        """Return the environment variables that playground/settings.py reads."""
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
        if options.dev:
            exports["DEBUG"] = "1"
        if isinstance(self._model, LocalModel):
            exports["LOCAL_MODEL_URL"] = self._model.url
            exports["LOCAL_MODEL_KEY"] = self._model.key
            exports["LOCAL_MODEL_NAME"] = self._model.model_name
        elif self._model:
            exports["OPENAI_BASE_URL"] = self._model.url
            exports["OPENAI_API_KEY"] = KEY
        return exports
