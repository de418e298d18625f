"""Record what a client sends: ``python -m tests.clients.recorded.record CLIENT COMMAND ...``.

The command runs the client's program once per story, with the story's name as its last argument.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field

from tests import servers
from tests.clients.recorded.answers import shows, value_of, way_to
from tests.clients.recorded.exchanges import AN_ID, FOLDER, Exchange, save
from tests.clients.recorded.proxy import RecordingProxy, Seen
from tests.clients.recorded.stories import REPLIES
from tests.fakes.provider import ScriptedProvider
from tests.live import API_KEY, ROOT, LiveSite

SECONDS = 120


@dataclass
class Story:
    """Exchanges of one story. Ids in requests become placeholders, by the answer they came from."""

    host: str
    answers: list[object] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        """Add an exchange. Of a request that is repeated at once, only the last one stays."""
        exchange = Exchange(
            connection=seen.connection,
            request=self._named(seen.request.start),
            headers=[self._header(line) for line in seen.request.headers],
            status=seen.answer.status,
        )
        exchange.keep_body(seen.request.chunks, self._named)
        value = value_of(seen.answer)
        if exchange.method == "GET" and isinstance(value, dict):
            exchange.until = str(value.get("status") or "")
        own = "*" in exchange.route
        exchange.shows = shows(seen.answer, own=own, names=_braced(self.names))
        if self.exchanges and self._repeats(exchange):
            self.exchanges.pop()
            self.answers.pop()
        self.exchanges.append(exchange)
        self.answers.append(value)

    def _repeats(self, exchange: Exchange) -> bool:
        last = self.exchanges[-1]
        return exchange.method == "GET" and last.request == exchange.request

    def _header(self, line: str) -> str:
        name, _, _ = line.partition(":")
        if name.lower() == "content-length":
            return f"{name}: {{length}}"
        return self._named(line).replace(self.host, "{host}").replace(API_KEY, "{key}")

    def _named(self, text: str) -> str:
        return AN_ID.sub(lambda found: self._name(found[0]), text)

    def _name(self, an_id: str) -> str:
        if an_id not in self.names:
            for exchange, answer in zip(self.exchanges, self.answers, strict=True):
                way = way_to(answer, an_id)
                if way is not None:
                    name = self._new_name(an_id)
                    exchange.takes[name] = way
                    self.names[an_id] = name
                    break
            else:
                return an_id
        return f"{{{self.names[an_id]}}}"

    def _new_name(self, an_id: str) -> str:
        found = AN_ID.fullmatch(an_id)
        assert found
        kind = found[1]
        number = sum(name.startswith(f"{kind}_") for name in self.names.values()) + 1
        return f"{kind}_{number}"


def _braced(names: dict[str, str]) -> dict[str, str]:
    return {an_id: f"{{{name}}}" for an_id, name in names.items()}


def record(client: str, command: list[str]) -> None:
    """Run the client's program for each of its stories, and write their files."""
    with ScriptedProvider() as provider:
        site = LiveSite(
            "recorded", {"OPENAI_BASE_URL": provider.base_url, "OPENAI_API_KEY": "provider-key"}
        )
        try:
            site.start()
            site.start_indexer()
            site.start_interpreter()
            with RecordingProxy(site.port) as proxy:
                for story in _known_to(command, proxy):
                    provider.reset()
                    provider.enqueue(*REPLIES[story])
                    _play(client, command, story, proxy)
        finally:
            site.stop()


def _known_to(command: list[str], proxy: RecordingProxy) -> list[str]:
    """Return the stories that the program has."""
    return sorted(_run(command, "stories", proxy).split())


def _run(command: list[str], story: str, proxy: RecordingProxy) -> str:
    environ = {
        **os.environ,
        "OPENAI_BASE_URL": f"http://{proxy.host}/v1",
        "OPENAI_API_KEY": API_KEY,
        # Relative, because some clients send the whole path.
        "SAMPLES": str((FOLDER / "samples").relative_to(ROOT)),
    }
    done = subprocess.run(
        [*command, story], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, timeout=SECONDS
    )
    if done.returncode:
        sys.exit(f"{story} failed: {done.stdout}")
    return done.stdout.strip()


def _play(client: str, command: list[str], story: str, proxy: RecordingProxy) -> None:
    saw = _run(command, story, proxy)
    recorded = Story(proxy.host)
    first = 0
    for seen in proxy.take():
        first = first or seen.connection
        seen.connection -= first - 1
        recorded.add(seen)
    save(client, story, recorded.exchanges)
    sys.stdout.write(f"{story}: {len(recorded.exchanges)} requests. The client saw {saw}\n")


if __name__ == "__main__":
    servers.start()
    record(sys.argv[1], sys.argv[2:])
