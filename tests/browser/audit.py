"""The audit of each screen in both themes and several sizes: axe-core, and no overflow."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
SIZES = ((1440, 900), (360, 740))
WIDTHS = (360, 768, 1024, 1440, 1920)
SERIOUS = {"serious", "critical"}
# Controls and overlays that are outside of the window and not in a box that scrolls, and the page
# itself, if it scrolls although only its panes should.
OUTSIDE = """() => {
  const all = [...document.querySelectorAll("a.btn, button, input, select, :popover-open, [open]")]
  const out = all.filter((element) => {
    const { left, right, width } = element.getBoundingClientRect()
    return width && !element.closest(".vh, .table-box, .table, pre, .sheet")
      && element.checkVisibility({ visibilityProperty: true })
      && (left < -1 || right > innerWidth + 1)
  })
  const { scrollWidth, scrollHeight } = document.documentElement
  if (scrollWidth > innerWidth) out.push("page")
  if (document.querySelector(".app") && scrollHeight > innerHeight) out.push("length")
  return out.map((found) => found.outerHTML?.slice(0, 120) ?? found)
}"""


def audit(
    page: Page,
    prepare: Callable[[Page], object] = lambda page: None,
    sizes: tuple[tuple[int, int], ...] = SIZES,
    html: str = "",
) -> None:
    """Fail with axe-core's violations at the page's URL, or with the widths at which it overflows.
    A screen with panes, which scroll themselves, must be as high as the window.

    `prepare`: opens something on the page first.
    `sizes`: fewer sizes, for something that only they show.
    `html`: the page at the URL, if it isn't the site's own.
    """
    # In another tab of the same user, because axe-core sets styles that the site's policy forbids.
    with _opened(page) as audited:
        if html:
            audited.route(
                page.url, lambda route: route.fulfill(body=html, content_type="text/html")
            )
        audited.goto(page.url)
        prepare(audited)
        audited.add_script_tag(path=AXE)
        faults: list[Any] = []
        for theme in THEMES:
            audited.emulate_media(color_scheme=theme)
            for width, height in sizes:
                audited.set_viewport_size({"width": width, "height": height})
                faults += [(theme, width, *fault) for fault in _violations(audited)]
        for width in WIDTHS if sizes == SIZES else [width for width, _ in sizes]:
            audited.set_viewport_size({"width": width, "height": 900})
            faults += [("outside", width, found) for found in audited.evaluate(OUTSIDE)]
    assert not faults, faults


def audit_phone(page: Page, states: Mapping[str, Callable[[Page], object]]) -> None:
    """Fail with the violations in any of the page's states on a small phone in the dark theme."""
    faults: list[Any] = []
    with _opened(page) as audited:
        audited.set_viewport_size({"width": 360, "height": 740})
        audited.emulate_media(color_scheme="dark")
        for name, prepare in states.items():
            audited.goto(page.url)
            prepare(audited)
            audited.add_script_tag(path=AXE)
            faults += [(name, *fault) for fault in _violations(audited)]
            faults += [(name, "outside", found) for found in audited.evaluate(OUTSIDE)]
    assert not faults, faults


@contextmanager
def _opened(page: Page) -> Iterator[Page]:
    assert page.context.browser is not None
    context = page.context.browser.new_context(
        storage_state=page.context.storage_state(), bypass_csp=True, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def _violations(page: Page) -> list[tuple[str, list[str]]]:
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        (item["id"], [f"{node['target']}: {node['failureSummary']}" for node in item["nodes"]])
        for item in found
        if item["impact"] in SERIOUS
    ]
