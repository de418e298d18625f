// Listeners sit on the document. htmx may replace any element at any time, and a listener on the
// element itself would disappear with it.

import { isComposing } from "./pure/keys.js";

/** Call `handler(element, event)` for events on, or inside, an element that matches `selector`. */
export function on(selector, type, handler, options) {
  document.addEventListener(
    type,
    (event) => {
      // htmx dispatches on the document when the element of a request has left the page.
      const { detail, target } = event;
      const from = target === document ? detail?.ctx?.sourceElement : target;
      const element = from?.closest?.(selector);
      if (element) handler(element, event);
    },
    options,
  );
}

/** Call `handler(element, event)` for each press of a key that an input method doesn't need. */
export function onKey(selector, handler) {
  on(selector, "keydown", (element, event) => {
    if (!isComposing(event)) handler(element, event);
  });
}

/** Call `handler(detail, event)` for an htmx event, such as "before:request" or "ws:close". */
export function onHtmx(moment, handler) {
  document.addEventListener(`htmx:${moment}`, (event) => handler(event.detail, event));
}

/** Call `handler(ctx)` after each swap. `ctx` is htmx's context of the request. */
export function afterSwap(handler) {
  onHtmx("after:swap", ({ ctx }) => handler(ctx));
}

/** Call `handler()` now, and again after each swap. */
export function nowAndAfterSwap(handler) {
  handler();
  afterSwap(() => handler());
}
