"""A live site for tests, with Daphne and Celery workers in processes of their own."""

import hashlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx2
import psycopg
from playwright.sync_api import BrowserContext, Page
from psycopg import sql
from redis import Redis

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 30.0
API_KEY = "sk-ap-test-key-of-the-live-site"
TEMPLATE = "migrated"  # the database that the databases of all sites are copied from
STRANGER_KEY = "sk-ap-test-key-of-a-stranger"


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], *, seconds: float = READY_SECONDS) -> None:
    """Return when the condition holds, and fail if it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not true within {seconds:g} s"
        time.sleep(0.02)


def form_token(page: str) -> str:
    """Return the token that the forms of a page have to send."""
    found = re.search(r'"X-CSRFToken": "([^"]+)"', page)
    assert found, "the page has no token"
    return found[1]


def press_sign_in(page: Page) -> None:
    """Press the button of an open sign-in link, and wait for the page that follows."""
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/p/proj_*/**")


# The Valkey databases that no site uses. Valkey has 16, and the tests themselves use number 0.
_free_databases = list(range(15, 0, -1))


@dataclass
class LiveSite:
    """The processes of the Procfile, with the test session's PostgreSQL and Valkey.

    `environment` is added to that of each process. `base_url` is for the SDK, `url` for a browser.
    """

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    redis_url: str = ""
    port: int = field(default_factory=free_port)
    web: "subprocess.Popen[bytes] | None" = None
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    interpreter: "subprocess.Popen[bytes] | None" = None
    indexers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    project_id: str = ""
    application: str = "playground.asgi:application"

    def __post_init__(self) -> None:
        # Each site has its own Redis database. Otherwise workers of one site would take tasks of
        # another, which would then wait for the sweeper.
        self._database: int | None = None
        if not self.redis_url:
            assert _free_databases, "a site must be stopped before another one can start"
            self._database = _free_databases.pop()
            self.redis_url = f"{os.environ['REDIS_URL']}?db={self._database}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def start(self, *, workers: int = 1, concurrency: int = 32) -> Self:
        """Create the database, and start the web process and workers."""
        self._create_database()
        self._bootstrap()
        self.start_web()
        for _ in range(workers):
            self.start_worker(concurrency)
        return self

    def start_web(self) -> None:
        """Start Daphne, and return when it responds."""
        self.web = self._spawn(
            "daphne",
            "-v",
            "0",
            "-b",
            "127.0.0.1",
            "-p",
            str(self.port),
            self.application,
        )
        wait_until(self._answers)

    def start_worker(self, concurrency: int = 32) -> "subprocess.Popen[bytes]":
        """Start one more worker, without waiting until it is ready."""
        worker = self._celery("runs", "solo", RUNS_PER_WORKER=str(concurrency))
        self.workers.append(worker)
        return worker

    def start_indexer(self, concurrency: int = 4) -> "subprocess.Popen[bytes]":
        """Start one more indexer, without waiting until it is ready."""
        indexer = self._celery("indexing", "threads", "-c", str(concurrency))
        self.indexers.append(indexer)
        return indexer

    def _celery(
        self, queue: str, pool: str, *options: str, **environment: str
    ) -> "subprocess.Popen[bytes]":
        return self._spawn(
            *("celery", "-A", "playground", "worker", "-P", pool, "-Q", queue, *options),
            *("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "warning"),
            **environment,
        )

    def start_interpreter(self) -> None:
        """Start the interpreter host unless it runs, without waiting until it is ready."""
        if self.interpreter is not None and self.interpreter.poll() is None:
            return
        address = self.environ()["SANDBOX_HOSTS"]
        self.interpreter = self._spawn("assistants_app.sandbox.server", "--listen", address)

    def sign_in_link(self) -> str:
        """Return a new one-time link to the site."""
        # `manage.py bootstrap` would make one too, but takes seconds.
        token = secrets.token_urlsafe(32)
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "INSERT INTO sign_in_link (digest, user_id, expires_at)"
                " SELECT %s, min(id), now() + interval '1 hour' FROM auth_user",
                [hashlib.sha256(token.encode()).hexdigest()],
            )
        return f"{self.url}/sign-in/{token}/"

    def sign_in(self, page: Page) -> None:
        """Sign a browser in with a new link, and wait for the page that follows."""
        page.goto(self.sign_in_link())
        press_sign_in(page)

    def sign_in_context(self, context: BrowserContext) -> None:
        """Sign a browser in without opening a page in it, which would take a second."""
        version = context.browser.version if context.browser else ""
        agent = f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{version} Safari/537.36"
        with httpx2.Client(headers={"User-Agent": agent}) as client:
            link = self.sign_in_link()
            form = {"csrfmiddlewaretoken": form_token(client.get(link).text)}
            assert client.post(link, data=form).status_code == 302
            context.add_cookies(
                [
                    {"name": cookie.name, "value": cookie.value or "", "url": self.url}
                    for cookie in client.cookies.jar
                ]
            )

    def sign_in_client(self, client: httpx2.Client) -> httpx2.Response:
        """Sign a client in like a browser without scripts, and return the page that follows."""
        link = self.sign_in_link()
        form = {"csrfmiddlewaretoken": form_token(client.get(link).text)}
        return client.post(link, data=form, follow_redirects=True)

    def stop(self) -> None:
        """Kill all processes, and leave the Valkey database empty for the next site."""
        every = (self.web, self.interpreter, *self.workers, *self.indexers)
        parts = [part for part in every if part is not None]
        for part in parts:
            part.kill()
        for part in parts:
            part.wait()
        if self._database is not None:
            with Redis.from_url(self.redis_url) as client:
                client.flushdb()
            _free_databases.append(self._database)
            self._database = None

    def environ(self) -> dict[str, str]:
        """Return the environment of all processes."""
        return {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PUBLIC_URL": self.url,
            "SANDBOX_HOSTS": f"unix:{os.environ['DATA_DIR']}/{self.name}.interpreter",
            "SANDBOX_SECRET": "only-for-tests-only-for-tests",
            "BOOTSTRAP_API_KEY": API_KEY,
            "PYTHONWARNINGS": "default",
            **self.environment,
        }

    def _bootstrap(self) -> None:
        answer = json.loads(self._manage("bootstrap", "--json"))
        self.project_id = answer["project"]

    def _spawn(self, module: str, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.environ() | environment,
        )

    def _manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environ(),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout

    @property
    def database_url(self) -> str:
        """The URL of the site's own database."""
        base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        return f"{base}/{self.name}"

    def add_stranger(self) -> None:
        """Add another project, whose key is `STRANGER_KEY`."""
        digest = hashlib.sha256(STRANGER_KEY.encode()).hexdigest()
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "INSERT INTO project (id, name, created_at) VALUES ('proj_stranger', 'S', now())"
            )
            connection.execute(
                "INSERT INTO api_key (id, project_id, name, digest, last_four, created_at)"
                " VALUES ('key_stranger', 'proj_stranger', 'S', %s, 'nger', now())",
                [digest],
            )

    def has_open_transactions(self) -> bool:
        """Return whether a connection to the site's database is in a transaction."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            )
            return found.fetchone() is not None

    def _create_database(self) -> None:
        # A copy of a database that is migrated once, because the migrations take seconds.
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            name, template = sql.Identifier(self.name), sql.Identifier(TEMPLATE)
            known = "SELECT FROM pg_database WHERE datname = %s"
            if connection.execute(known, [TEMPLATE]).fetchone() is None:
                LiveSite(TEMPLATE)._prepare()
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(name))
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(create.format(name, template))

    def _prepare(self) -> None:
        # Makes the database that is copied, and collects the static files of all sites.
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name)))
        self._manage("migrate", "-v", "0")
        self._manage("collectstatic", "--noinput", "-v", "0")

    def _answers(self) -> bool:
        assert self.web is None or self.web.poll() is None, "the web process ended"
        request = urllib.request.Request(
            f"{self.base_url}/models", headers={"Authorization": f"Bearer {API_KEY}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
