"""Sends recorded requests to a site, and compares what its answers show."""

import socket
from dataclasses import dataclass, field
from typing import BinaryIO

from tests.clients.recorded.answers import events_of, is_stream, shows, value_of
from tests.clients.recorded.exchanges import Exchange, at
from tests.clients.recorded.http1 import CONTINUE, Message, read_answer, read_head
from tests.clients.recorded.needs import Needs
from tests.live import API_KEY, LiveSite, wait_until

SECONDS = 20.0


@dataclass
class Replay:
    """One story of a client. `known` has the values of placeholders."""

    site: LiveSite
    needs: Needs
    known: dict[str, str] = field(default_factory=dict)
    _open: dict[int, tuple[socket.socket, BinaryIO]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known.update(host=f"127.0.0.1:{self.site.port}", key=API_KEY)

    def play(self, exchanges: list[Exchange]) -> None:
        """Fail unless all answers show what was recorded, and have what the client needs."""
        try:
            for exchange in exchanges:
                self._play(exchange)
        finally:
            for number in list(self._open):
                self._close(number)

    def _play(self, exchange: Exchange) -> None:
        answer = self._answer(exchange)
        if exchange.until:
            answer = self._answer_with(exchange, answer)
        assert answer.status == exchange.status, f"{exchange.route}: {answer.body!r}"
        assert self._unmet(exchange, answer) == []
        names = {value: f"{{{name}}}" for name, value in self.known.items()}
        seen = shows(answer, own="*" in exchange.route, names=names)
        assert seen == exchange.shows, exchange.route
        value = value_of(answer)
        self.known.update({name: at(value, way) for name, way in exchange.takes.items()})

    def _answer_with(self, exchange: Exchange, answer: Message) -> Message:
        """Repeat the request until its answer has the status for which the client waited."""
        answers = [answer]

        def arrived() -> bool:
            value = value_of(answers[-1])
            if value.get("status") == exchange.until:
                return True
            answers.append(self._answer(exchange))
            return False

        wait_until(arrived, seconds=SECONDS)
        return answers[-1]

    def _unmet(self, exchange: Exchange, answer: Message) -> list[str]:
        value = value_of(answer)
        if answer.status >= 400:
            return self.needs.unmet_by_error(value)
        if is_stream(answer):
            return [unmet for one in events_of(answer) for unmet in self.needs.unmet_by_event(one)]
        if exchange.route.endswith("/content"):
            return []
        return self.needs.unmet_by(exchange.route, value)

    def _answer(self, exchange: Exchange) -> Message:
        head, body = exchange.sent(self.known)
        connection, source = self._connection(exchange.connection)
        connection.sendall(head)
        if exchange.header("expect"):
            self._wait_for_continue(source)
        connection.sendall(body)
        answer = read_answer(source, exchange.method)
        if "close" in (exchange.header("connection"), answer.header("connection")):
            self._close(exchange.connection)
        return answer

    def _wait_for_continue(self, source: BinaryIO) -> None:
        early = read_head(source)
        assert early is not None, "the connection ended"
        assert early.status == CONTINUE, early.start

    def _connection(self, number: int) -> tuple[socket.socket, BinaryIO]:
        if number not in self._open:
            connection = socket.create_connection(("127.0.0.1", self.site.port), timeout=SECONDS)
            self._open[number] = connection, connection.makefile("rb")
        return self._open[number]

    def _close(self, number: int) -> None:
        connection, source = self._open.pop(number)
        source.close()
        connection.close()
