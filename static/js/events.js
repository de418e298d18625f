// Listeners sit on the document: htmx replaces elements at any time, and a listener on an element
// would be gone with it.

/** Call `handler(element, event)` when an event happens in an element that matches `selector`. */
export function on(selector, type, handler, options) {
  document.addEventListener(
    type,
    (event) => {
      // htmx sends its events to the document itself when their element has left the page.
      const element = event.target.closest?.(selector);
      if (element) handler(element, event);
    },
    options,
  );
}

/** Call `handler(detail, event)` at a moment of htmx, such as "before:request" or "ws:close". */
export function onHtmx(moment, handler) {
  document.addEventListener(`htmx:${moment}`, (event) => handler(event.detail, event));
}

/** Call `handler(ctx)` after each swap; `ctx` is htmx's record of the request. */
export function afterSwap(handler) {
  onHtmx("after:swap", ({ ctx }) => handler(ctx));
}

/** Call `handler()` now, and again after each swap. */
export function nowAndAfterSwap(handler) {
  handler();
  afterSwap(() => handler());
}
