// The dialog that appears when the session has ended. Its link leads back to this page after
// signing in; composer.js keeps the text that was typed.

import { onHtmx } from "../events.js";

const dialog = document.getElementById("signed-out");
const link = dialog.querySelector("a");

export function showSignedOut() {
  link.search = new URLSearchParams({ next: location.pathname + location.search });
  if (!dialog.open) dialog.showModal();
}

// Without a session, the server redirects each request to the sign-in page. Don't swap that in.
onHtmx("before:response", ({ ctx }, event) => {
  const { raw } = ctx.response;
  if (!raw.redirected || new URL(raw.url).pathname !== link.pathname) return;
  event.preventDefault();
  showSignedOut();
});
