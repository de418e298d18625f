"""Fonts of the world's scripts for matplotlib, whatever font a figure asks for."""

import json
import logging
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistants_app.sandbox.guest.libraries import MORE, more_is_there

FONTS = Path("/opt/sandbox/fonts")
FONT_COMES_LATE = (
    "[The font for Chinese, Japanese and Korean is still being installed on this server, so the "
    "figure shows boxes in place of their letters. Draw it again in a few minutes.]"
)
_CJK_LETTERS = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_CJK_FAMILY = "Noto Sans CJK JP"
CJK = Path(MORE) / "notojp_matplotlib" / "fonts" / "NotoSansCJKjp-Regular.otf"
# Names of fonts for Chinese, Japanese and Korean that code written elsewhere asks for.
_CJK_NAMES = (
    "AppleGothic",
    "Arial Unicode MS",
    "Droid Sans Fallback",
    "Heiti SC",
    "Heiti TC",
    "Hiragino Sans",
    "Hiragino Sans GB",
    "IPAexGothic",
    "IPAGothic",
    "KaiTi",
    "Malgun Gothic",
    "Meiryo",
    "Microsoft JhengHei",
    "Microsoft YaHei",
    "MS Gothic",
    "NanumGothic",
    "Noto Sans CJK KR",
    "Noto Sans CJK SC",
    "Noto Sans CJK TC",
    "Noto Sans JP",
    "Noto Sans KR",
    "Noto Sans SC",
    "Noto Sans TC",
    "PingFang SC",
    "SimHei",
    "SimSun",
    "Source Han Sans CN",
    "Source Han Sans SC",
    "STHeiti",
    "TakaoGothic",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Yu Gothic",
)


class Fonts:
    """The fonts behind the one that a figure asks for: the first that has a letter draws it.

    matplotlib has such a list too (`font.family`), but seaborn's themes, styles and most code that
    sets a font replace it.
    """

    def __init__(self) -> None:
        self._manager: Any = None
        self._families: list[str] = []
        self._fallback: list[Any] = []
        self._config: dict[str, bytes] = {}

    def install(self) -> None:
        """Register the fonts that come with the app, and have matplotlib fall back on them."""
        from matplotlib import font_manager  # noqa: PLC0415 - the environment, not the app, has it

        self._manager = font_manager.fontManager
        # A font that is missing, or has no bold letters, is replaced. Code that asks for one that
        # it has on another machine would fill its output with warnings.
        logging.getLogger(font_manager.__name__).setLevel(logging.ERROR)
        self._add_fallback("DejaVu Sans")
        for path in sorted(FONTS.glob("*.ttf")):
            self._register(path)
        find = font_manager.FontManager._find_fonts_by_props

        def find_with_fallback(
            manager: Any, prop: Any, fontext: str = "ttf", *args: Any, **kwargs: Any
        ) -> list[Any]:
            found: list[Any] = find(manager, prop, fontext, *args, **kwargs)
            if fontext == "ttf":
                found += [font for font in self._fallback if font not in found]
            return found

        font_manager.FontManager._find_fonts_by_props = find_with_fallback
        self.add_late()
        self._keep_config()

    def add_late(self) -> None:
        """Register the font that is installed with the large libraries, once they are there."""
        if _CJK_FAMILY in self._families or not (more_is_there() and CJK.exists()):
            return
        self._register(CJK)
        known = {entry.name for entry in self._manager.ttflist}
        cjk = next(entry for entry in self._manager.ttflist if entry.name == _CJK_FAMILY)
        self._manager.ttflist += [
            replace(cjk, name=name) for name in _CJK_NAMES if name not in known
        ]
        self._keep_config()

    def lack(self, text: str) -> bool:
        """Return whether `text` has letters whose font is still to be installed."""
        return _CJK_FAMILY not in self._families and _CJK_LETTERS.search(text) is not None

    def write_config(self) -> None:
        """Have programs that code starts know the same fonts. Raises OSError."""
        folder = Path(os.environ["MPLCONFIGDIR"])
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self._config.items():
            (folder / name).write_bytes(content)

    def _register(self, path: Path) -> None:
        before = len(self._manager.ttflist)
        self._manager.addfont(path)
        self._add_fallback(self._manager.ttflist[before].name)

    def _add_fallback(self, family: str) -> None:
        self._families.append(family)
        self._fallback.append(self._manager.findfont(family, fallback_to_default=False))

    def _keep_config(self) -> None:
        from matplotlib import font_manager  # noqa: PLC0415

        name = f"fontlist-v{self._manager.__version__}.json"
        encoded = json.dumps(self._manager, cls=font_manager._JSONEncoder)
        self._config = {
            name: encoded.encode(),
            "matplotlibrc": f"font.family: {', '.join(self._families)}\n".encode(),
        }
