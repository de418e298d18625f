"""What takes the pictures of docs/screens.md: a page of a site over a scripted provider."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from openai import OpenAI
from PIL import Image
from playwright.sync_api import Page

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

PAUSE = 0.02  # seconds between the words of a reply
MODELS = ["gpt-4o", "gpt-4o-mini", "o3-mini"]
MODEL, SMALL_MODEL, REASONING_MODEL = MODELS
WIDE, PHONE = (1440, 900), (390, 844)


@dataclass
class Studio:
    """The site, its contents, and the folder for pictures."""

    site: LiveSite
    provider: ScriptedProvider
    client: OpenAI
    page: Page
    folder: Path

    def open(self, path: str = "playground/", query: str = "") -> Page:
        self.page.goto(f"{self.site.url}/p/{self.site.project_id}/{path}{query}")
        return self.page

    @contextmanager
    def look(
        self, theme: Literal["light", "dark"] = "light", size: tuple[int, int] = WIDE
    ) -> Iterator[None]:
        """Show what follows in this theme and in a window of this size."""
        self._show(theme, size)
        yield
        self._show("light", WIDE)

    def _show(self, theme: Literal["light", "dark"], size: tuple[int, int]) -> None:
        self.page.emulate_media(color_scheme=theme)
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def ask(self, assistant: str, question: str, *replies: Reply, thread: str = "") -> str:
        """Return the ID of the thread in which the assistant has replied, or waits for outputs."""
        self.provider.enqueue(*replies)
        thread = thread or self.client.beta.threads.create().id
        self.client.beta.threads.messages.create(thread, role="user", content=question)
        run = self.client.beta.threads.runs.create_and_poll(
            thread_id=thread, assistant_id=assistant, poll_interval_ms=50
        )
        assert run.status in ("completed", "requires_action"), run.last_error
        return thread

    def take(self, name: str) -> None:
        """Save a picture of the window."""
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.fonts.ready")
        picture = Image.open(io.BytesIO(self.page.screenshot(animations="disabled")))
        picture.convert("RGB").save(self.folder / f"{name}.webp", quality=82, method=6)
        sys.stdout.write(f"{name}\n")
