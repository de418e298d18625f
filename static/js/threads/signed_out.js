// #signed-out says that the session has ended. What was typed is kept (composer.js), and the link
// comes back to this page after signing in.

import { onHtmx } from "../events.js";

const dialog = document.getElementById("signed-out");
const link = dialog.querySelector("a");

export function showSignedOut() {
  link.search = new URLSearchParams({ next: location.pathname + location.search });
  if (!dialog.open) dialog.showModal();
}

// The server answers a request without a session with its sign-in page, which is no part of this one.
onHtmx("before:response", ({ ctx }, event) => {
  const { raw } = ctx.response;
  if (!raw.redirected || new URL(raw.url).pathname !== link.pathname) return;
  event.preventDefault();
  showSignedOut();
});
