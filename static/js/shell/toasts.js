// #toasts shows one short message at a time.

import { onHtmx } from "../events.js";

const toasts = document.getElementById("toasts");
const SHOWN_FOR = 4000; // milliseconds

/** Show a message, for a while only if it is no error. */
export function toast(text, { isError = false } = {}) {
  const message = document.createElement("p");
  message.className = isError ? "banner err" : "banner";
  message.textContent = text;
  toasts.replaceChildren(message);
  if (!isError) setTimeout(() => message.remove(), SHOWN_FOR);
}

onHtmx("response:error", ({ ctx }) => {
  // A form with mistakes (422) comes back as a part of the page, which says what is wrong. Any other
  // failed answer replaces nothing, so that what somebody wrote stays.
  if (ctx.response.status !== 422) toast(toasts.dataset.failed, { isError: true });
});
