// Edits that the server doesn't have yet are kept in this browser: through the end of a session, a
// crash, and the time without a connection.

import { csrfToken } from "../shell/csrf.js";
import { bodyToSave, form } from "./parts.js";

const SOON = 150; // milliseconds; writing at each key would be slow for long instructions
const key = form && `unsaved:${form.dataset.person}:${form.dataset.assistant}`;
let timer;

/** Return whether the browser has stored the edits. It doesn't if its storage is full. */
export function keepNow() {
  clearTimeout(timer);
  try {
    localStorage.setItem(key, String(bodyToSave()));
    return true;
  } catch {
    return false;
  }
}

export function keepSoon() {
  clearTimeout(timer);
  timer = setTimeout(keepNow, SOON);
}

export function forgetKept() {
  clearTimeout(timer);
  localStorage.removeItem(key);
}

/** Return the kept edits as form data, or null if there are none. */
export function keptEdits() {
  const kept = localStorage.getItem(key);
  return kept && new URLSearchParams(kept);
}

/** Send form data to `url`. The request goes on when the page is left. */
export function post(url, body, options) {
  const headers = { "X-CSRFToken": csrfToken(), "HX-Request": "true" };
  return fetch(url, { method: "POST", body, headers, ...options }).catch(() => null);
}
