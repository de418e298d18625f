// The dialog that appears when the session has ended. Its link leads back to this page after
// signing in. The composer and the configuration keep what was typed, and so do open dialogs.

import { onHtmx } from "../events.js";
import { csrfToken } from "../shell/csrf.js";
import { toast } from "../shell/toasts.js";

const KEY = "dialogs";
const KEPT = "dialog[open]:not(#confirm-dialog, #palette, #keys)";
// No secrets, and no files, which a page can't set.
const FIELDS = ":is(input, textarea, select):not([type=password], [type=file])";

const dialog = document.getElementById("signed-out");
const link = dialog.querySelector("a");

export function showSignedOut() {
  link.search = new URLSearchParams({ next: location.pathname + location.search });
  if (dialog.open) return;
  keepDialogs();
  dialog.showModal();
}

// Without a session, the server redirects each request to the sign-in page. Don't swap that in.
onHtmx("before:response", ({ ctx }, event) => {
  const { raw } = ctx.response;
  if (!raw.redirected || new URL(raw.url).pathname !== link.pathname) return;
  event.preventDefault();
  showSignedOut();
});

// --- open dialogs ------------------------------------------------------------------------------
/** Return whose page it is, with which assistant and thread. */
function home() {
  const { person, assistant } = document.getElementById("assistant-form")?.dataset ?? {};
  return `${person} ${assistant} ${document.getElementById("main").dataset.thread}`;
}

function keepDialogs() {
  const dialogs = [...document.querySelectorAll(KEPT)].map((open) => ({
    id: open.id,
    data: { ...open.dataset },
    html: open.innerHTML,
    typed: [...open.querySelectorAll(FIELDS)].map(({ value, checked }) => [value, checked]),
  }));
  if (dialogs.length) sessionStorage.setItem(KEY, JSON.stringify({ home: home(), dialogs }));
}

addEventListener("load", async () => {
  const kept = JSON.parse(sessionStorage.getItem(KEY));
  if (kept?.home !== home()) return;
  sessionStorage.removeItem(KEY);
  const { openDialogs } = await import(dialog.dataset.opens);
  openDialogs(kept.dialogs, FIELDS, csrfToken());
  toast(dialog.dataset.restored);
});
