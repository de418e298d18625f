"""IPython's interpreter without a terminal: values, figures and tracebacks become events."""

import base64
import io
import sys
from collections.abc import Callable
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from assistants_app.sandbox.guest.fonts import FONT_COMES_LATE, Fonts
from assistants_app.sandbox.guest.libraries import NO_INSTALL, add_more, hint

Emit = Callable[[str, str, bytes], None]
Show = Callable[[dict[str, Any]], None]
_MAX_TRACEBACK = 20_000
_MAX_SHOWN = 1 << 18
# An interrupt is raised in our signal handler, whose frames mean nothing to the code's author.
_OWN_FRAMES = "/assistants_app/sandbox/guest/"


class Shell:
    """One interpreter. Calls `emit(kind, text, data)` for each `display`, `image` and `error`."""

    def __init__(self) -> None:
        self.emit: Emit = _ignore_output
        self.image_bytes = 0
        self._code = ""
        self._fonts = Fonts()
        self._shell = _make_interpreter(self._show, self._show_value, self._show_error)

    def warm_up(self) -> None:
        """Import what most code needs and draw once, so that sessions share the memory."""
        # Without this, figures would not become PNG.
        self._shell.enable_matplotlib("inline")
        self._fonts.install()
        self._shell.run_cell(
            "import io, numpy, pandas, matplotlib.pyplot as _plot\n"
            "_figure = _plot.figure(); _plot.plot([1, 2]); _plot.title('x')\n"
            "_figure.savefig(io.BytesIO(), format='png'); _plot.close(_figure)\n"
            "pandas.DataFrame({'a': [1]})._repr_html_()\n",
            silent=True,
        )
        self._shell.reset(new_session=False)
        self._shell.enable_matplotlib("inline")

    def begin_session(self) -> None:
        """Give numpy's random numbers a new seed, and programs that code starts the fonts."""
        sys.modules["numpy"].random.seed()
        self._fonts.write_config()

    def run(self, code: str) -> bool:
        """Run one cell and return whether it succeeded; an error was emitted.

        Raises KeyboardInterrupt.
        """
        self._code = code
        if add_more():
            self._fonts.add_late()
        return bool(self._shell.run_cell(code, store_history=False).success)

    def _show(self, data: dict[str, Any]) -> None:
        image = _png_of(data)
        if image is not None and len(image) > self.image_bytes:
            note = f"[an image of {len(image)} bytes was dropped because it is too large]"
            self.emit("display", note, b"")
        elif image is not None:
            self.emit("image", "", image)
            if self._fonts.lack(self._code):
                self.emit("display", FONT_COMES_LATE, b"")
        elif text := str(data.get("text/plain") or data.get("text/markdown") or ""):
            self.emit("display", text[:_MAX_SHOWN], b"")

    def _show_value(self, data: dict[str, Any]) -> None:
        # A trailing semicolon hides the value, as in a notebook.
        if not DisplayHook.semicolon_at_end_of_expression(self._code):
            self._show(data)

    def _show_error(self, _kind: object, value: object, lines: list[str]) -> None:
        shown = [line for line in lines if _OWN_FRAMES not in line]
        if advice := hint(value):
            shown.append(advice)
        self.emit("error", "\n".join(shown)[-_MAX_TRACEBACK:], b"")


def _make_interpreter(
    show: Show, show_value: Show, show_error: Callable[..., None]
) -> InteractiveShell:
    class Publisher(DisplayPublisher):
        def publish(self, data: dict[str, Any], *_: object, **__: object) -> None:
            show(data)

    class Hook(DisplayHook):
        def write_output_prompt(self) -> None:
            """Write no `Out[1]:`."""

        def write_format_data(self, format_dict: dict[str, Any], *_: object) -> None:
            show_value(format_dict)

        def finish_displayhook(self) -> None:
            """Write no newline."""

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Plain"
    # `Out` would keep every shown value in memory.
    config.InteractiveShell.cache_size = 0
    InteractiveShell.display_pub_class = Publisher
    InteractiveShell.displayhook_class = Hook
    shell = InteractiveShell.instance(config=config)
    shell._showtraceback = show_error
    # `system_piped`, the default for `!command`, needs a terminal.
    shell.system = shell.system_raw
    for name in ("conda", "mamba", "micromamba", "pip", "uv"):
        shell.register_magic_function(_refuse_to_install, magic_name=name)
    shell.enable_gui = _ignore_gui
    shell.ask_exit = _ignore_exit
    return shell


def _refuse_to_install(_line: str) -> None:
    sys.stdout.write(f"{NO_INSTALL}\n")


def _ignore_gui(_gui: object = None) -> None:
    """Open no window: figures are drawn inline."""


def _ignore_exit() -> None:
    """Keep running after `exit()`: the session belongs to the thread."""


def _png_of(data: dict[str, Any]) -> bytes | None:
    for kind in ("image/png", "image/jpeg"):
        if image := data.get(kind):
            raw = image if isinstance(image, bytes) else base64.b64decode(image)
            return raw if kind == "image/png" else _png_from_jpeg(raw)
    return None


def _png_from_jpeg(raw: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415 - a megabyte that few sessions need

    buffer = io.BytesIO()
    Image.open(io.BytesIO(raw)).save(buffer, format="PNG")
    return buffer.getvalue()


def _ignore_output(_kind: str, _text: str, _data: bytes) -> None:
    """Stand in for `emit` until a session sets it."""
