"""IPython's interpreter without its terminal: values, figures and tracebacks become events."""

import base64
import io
import sys
from collections.abc import Callable
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

Emit = Callable[[str, str, bytes], None]
Show = Callable[[dict[str, Any]], None]
_MAX_TRACEBACK = 20_000
_MAX_SHOWN = 1 << 18
# Where an interrupt is raised.
_OWN_FRAMES = "/assistants_app/sandbox/guest/"


class Shell:
    """One interpreter; `emit(kind, text, data)` hears `display`, `image` and `error`."""

    def __init__(self) -> None:
        self.emit: Emit = _nowhere
        self.image_bytes = 0
        self._code = ""
        self._shell = _make(self._show, self._show_value, self._show_error)

    def warm_up(self) -> None:
        """Import what most code needs, and draw once, so that sessions share it."""
        self._shell.enable_matplotlib("inline")
        self._shell.run_cell(
            "import io, numpy, pandas, matplotlib.pyplot as _plot\n"
            "_figure = _plot.figure(); _plot.plot([1, 2]); _plot.title('x')\n"
            "_figure.savefig(io.BytesIO(), format='png'); _plot.close(_figure)\n"
            "pandas.DataFrame({'a': [1]})._repr_html_()\n",
            silent=True,
        )
        self._shell.reset(new_session=False)
        self._shell.enable_matplotlib("inline")

    def reseed(self) -> None:
        """Sessions are forks: give each its own random numbers."""
        sys.modules["numpy"].random.seed()

    def run(self, code: str) -> bool:
        """Run one cell; False when it failed, which was emitted. Raises KeyboardInterrupt."""
        self._code = code
        return bool(self._shell.run_cell(code, store_history=False).success)

    def _show(self, data: dict[str, Any]) -> None:
        image = _png(data)
        if image is not None and len(image) > self.image_bytes:
            self.emit("display", f"[an image of {len(image)} bytes was dropped]", b"")
        elif image is not None:
            self.emit("image", "", image)
        elif text := str(data.get("text/plain") or data.get("text/markdown") or ""):
            self.emit("display", text[:_MAX_SHOWN], b"")

    def _show_value(self, data: dict[str, Any]) -> None:
        if not DisplayHook.semicolon_at_end_of_expression(self._code):
            self._show(data)

    def _show_error(self, _kind: object, _value: object, lines: list[str]) -> None:
        shown = [line for line in lines if _OWN_FRAMES not in line]
        self.emit("error", "\n".join(shown)[-_MAX_TRACEBACK:], b"")


def _make(show: Show, show_value: Show, show_error: Callable[..., None]) -> InteractiveShell:
    class Publisher(DisplayPublisher):
        def publish(self, data: dict[str, Any], *_: object, **__: object) -> None:
            show(data)

    class Hook(DisplayHook):
        def write_output_prompt(self) -> None:
            """No `Out[1]:`."""

        def write_format_data(self, format_dict: dict[str, Any], *_: object) -> None:
            show_value(format_dict)

        def finish_displayhook(self) -> None:
            """No newline."""

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Plain"
    config.InteractiveShell.cache_size = 0
    InteractiveShell.display_pub_class = Publisher
    InteractiveShell.displayhook_class = Hook
    shell = InteractiveShell.instance(config=config)
    shell._showtraceback = show_error
    # The piped form wants a terminal.
    shell.system = shell.system_raw
    shell.enable_gui = _no_window
    shell.ask_exit = _stay
    return shell


def _no_window(_gui: object = None) -> None:
    """Figures are drawn inline."""


def _stay() -> None:
    """`exit()` ends nothing: the session belongs to the thread."""


def _png(data: dict[str, Any]) -> bytes | None:
    for kind in ("image/png", "image/jpeg"):
        if image := data.get(kind):
            raw = image if isinstance(image, bytes) else base64.b64decode(image)
            return raw if kind == "image/png" else _from_jpeg(raw)
    return None


def _from_jpeg(raw: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415 - a megabyte that few sessions need

    buffer = io.BytesIO()
    Image.open(io.BytesIO(raw)).save(buffer, format="PNG")
    return buffer.getvalue()


def _nowhere(_kind: str, _text: str, _data: bytes) -> None:
    """Before there is a session."""
