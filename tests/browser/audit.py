"""What every screen must pass, in both themes, wide and narrow: axe-core, and no overflow."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
SIZES = ((1440, 900), (360, 740))
WIDTHS = (360, 768, 1024, 1440, 1920)
SERIOUS = {"serious", "critical"}


def audit(
    page: Page,
    prepare: Callable[[Page], object] = lambda page: None,
    sizes: tuple[tuple[int, int], ...] = SIZES,
    html: str = "",
) -> None:
    """Fails with what axe-core says of the page's URL, or with the widths at which it overflows;
    a screen of panes, which scroll, is as high as the window.

    The same person opens it anew, since axe-core sets styles that the site's policy bars.
    `prepare`: what to open on it first. `sizes` other than all are for what only they show;
    `html` is what stands at the URL, if not what the site says.
    """
    assert page.context.browser is not None
    context = page.context.browser.new_context(
        storage_state=page.context.storage_state(), bypass_csp=True, reduced_motion="reduce"
    )
    audited = context.new_page()
    if html:
        audited.route(page.url, lambda route: route.fulfill(body=html, content_type="text/html"))
    audited.goto(page.url)
    prepare(audited)
    audited.add_script_tag(path=AXE)
    faults: list[Any] = []
    for theme in THEMES:
        audited.emulate_media(color_scheme=theme)
        for width, height in sizes:
            audited.set_viewport_size({"width": width, "height": height})
            faults += [(theme, width, *fault) for fault in _violations(audited)]
    one_pane = audited.locator(".app").count() > 0
    for width in WIDTHS if sizes == SIZES else ():
        audited.set_viewport_size({"width": width, "height": 900})
        if (needed := audited.evaluate("document.documentElement.scrollWidth")) > width:
            faults.append(("overflow", width, needed))
        if (tall := audited.evaluate("document.documentElement.scrollHeight")) > 900 and one_pane:
            faults.append(("taller than the window", width, tall))
    context.close()
    assert not faults, faults


def _violations(page: Page) -> list[tuple[str, list[str]]]:
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        (item["id"], [f"{node['target']}: {node['failureSummary']}" for node in item["nodes"]])
        for item in found
        if item["impact"] in SERIOUS
    ]
