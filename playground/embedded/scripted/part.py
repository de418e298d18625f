"""The scripted model as a part of one-command mode."""

import os
import sys

from playground.embedded.options import PROJECT
from playground.embedded.part import Part, discard
from playground.embedded.probe import http_status
from playground.embedded.process import Command, LogSink
from playground.embedded.servers.model import hold_port

NAME = "scripted"
# Any key will do. It must be no word of a reply, since keys are removed from what is recorded.
KEY = "key-of-the-scripted-model"


class ScriptedModel(Part):
    """The scripted model on a loopback port, which it keeps over restarts."""

    stop_seconds = 0.5

    def __init__(self, *, log: LogSink = discard) -> None:
        super().__init__("model", log)
        self._port_holder = hold_port(0)
        self.port: int = self._port_holder.getsockname()[1]

    @property
    def model_name(self) -> str:
        """The name under which clients ask for the model."""
        return NAME

    @property
    def url(self) -> str:
        """Base URL for OpenAI clients."""
        return f"http://127.0.0.1:{self.port}/v1"

    def prepare(self) -> None:
        if self._port_holder.fileno() < 0:
            self._port_holder = hold_port(self.port)

    def command(self) -> Command:
        arguments = ("-m", "playground.embedded.scripted", str(self.port))
        return Command(argv=(sys.executable, *arguments), env=os.environ, cwd=PROJECT)

    def is_ready(self) -> bool:
        return http_status("127.0.0.1", self.port, "/v1/models") == 200

    def stop(self, timeout: float = 5.0) -> None:
        """End the process and release the port."""
        super().stop(timeout)
        self._port_holder.close()
