// The parts of the configuration form, [data-part]. Only parts that somebody has touched are saved,
// each with the fingerprint of what this page last had from the server (web/assistants/shared_form.py).

import { csrfToken } from "../shell/csrf.js";

export const form = document.getElementById("assistant-form");
export const touched = new Set(); // names of parts that are not saved yet

export const nameOf = (element) => element.closest("[data-part]")?.dataset.part;
export const partNamed = (name, root = form) => root.querySelector(`[data-part="${name}"]`);
export const seenIn = (part) => part.querySelector("[name=seen]");

/** Return the body of a request that saves the touched parts. */
export function bodyToSave(submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  // Without any names, the server would save all parts.
  for (const name of touched.size ? touched : [""]) body.append("touched", name);
  return body;
}

/** Replace each part that `chooses(part, next)` by the part of the same name in `fresh`. */
export function replaceParts(fresh, chooses) {
  for (const part of form.querySelectorAll("[data-part]")) {
    const next = partNamed(part.dataset.part, fresh);
    if (next && chooses(part, next)) replace(part, next);
  }
}

function replace(part, next) {
  const { activeElement } = document;
  const { id, selectionStart, selectionEnd } = part.contains(activeElement) ? activeElement : {};
  if (part.open) next.open = true;
  part.replaceWith(next);
  htmx.process(next);
  const field = id && document.getElementById(id);
  field?.focus?.({ preventScroll: true });
  if (field && selectionStart != null) field.setSelectionRange(selectionStart, selectionEnd);
}

// --- edits that the server doesn't have yet ----------------------------------------------------
const SOON = 150; // milliseconds
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

/** Return the kept edits, the body of a request, or null if there are none. */
export const keptEdits = () => localStorage.getItem(key);

/** Send the body of a request that saves, also while the page is left. */
export function post(url, body, keepalive) {
  const headers = {
    "X-CSRFToken": csrfToken(),
    "Content-Type": "application/x-www-form-urlencoded",
  };
  return fetch(url, { method: "POST", body, headers, keepalive }).catch(() => null);
}
