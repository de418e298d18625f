// The configuration column, #assistant-form. htmx saves the draft while somebody types; this module
// keeps track of changes that are not saved yet, and of changes in other tabs.

import { afterSwap, on, onHtmx, onKey } from "../events.js";
import { toast } from "../shell/toasts.js";
import {
  bodyToSave,
  forgetKept,
  form,
  keepNow,
  keepSoon,
  keptEdits,
  nameOf,
  partNamed,
  post,
  replaceParts,
  seenIn,
  touched,
} from "./parts.js";

const AGAIN = 5000; // milliseconds until a save that failed is tried again
let changes = 0; // the number of changes since the page was loaded
let saves = 0; // the number of saves that the server accepted
let sent = 0; // the changes in the last save
let discarded = 0; // changes up to here are given up: answers to their saves don't count
let hasFailed = false; // the last save
let hasConflict = false; // with a change in another tab

const byId = (id) => document.getElementById(id);
const isDirty = () => form?.hasAttribute("data-dirty");
const isSave = (ctx) => Boolean(form) && ctx.sourceElement === form;
const save = () => form.dispatchEvent(new Event("change"));
const revision = () => byId("draft-revision");

// Without any changes there is nothing to publish.
function switchPublish() {
  const button = document.querySelector(".publish");
  if (button) button.disabled = !document.querySelector("#cfg :is([data-draft], [data-dirty])");
}
afterSwap(switchPublish);

// --- unsaved changes ---------------------------------------------------------------------------
function noteChange({ target, type, isTrusted }) {
  const name = nameOf(target);
  // A person's change follows an input, which has been noted. save() has no part.
  if (!name || (type === "change" && isTrusted)) return;
  touched.add(name);
  changes += 1;
  form.toggleAttribute("data-dirty", true);
  switchPublish();
  keepSoon();
}
form?.addEventListener("input", noteChange);
form?.addEventListener("change", noteChange);

function touchAndSave(name) {
  partNamed(name).dispatchEvent(new Event("change", { bubbles: true }));
}

onHtmx("before:request", ({ ctx }, event) => {
  if (isSave(ctx)) {
    const { submitter } = ctx.request;
    // Asking again would replace the question while somebody clicks on an answer.
    const isAsked = hasConflict && sent === changes && !submitter;
    if (!touched.size || isAsked) return event.preventDefault();
    ctx.covers = sent = changes;
    // As of now: an earlier request may have changed the fingerprints meanwhile.
    ctx.request.body = bodyToSave(submitter);
  } else if (form) {
    // A run uses the draft that its author sees, or is refused.
    ctx.request.headers["X-Draft"] = `${form.dataset.assistant} ${revision().value}`;
    if (hasFailed && ctx.sourceElement.matches("[data-runs]")) {
      event.preventDefault();
      toast(form.dataset.notSent, { isError: true });
    }
  }
});

onHtmx("before:response", ({ ctx }, event) => {
  if (!isSave(ctx)) return;
  if (ctx.covers <= discarded) event.preventDefault();
  else hasConflict = ctx.response.status === 409;
});

afterSwap((ctx) => {
  if (ctx.target.id === "search-store") touchAndSave("file_search"); // it was created in the form
  if (!isSave(ctx) || ctx.response.status !== 200) return;
  saves += 1;
  noteFailure(false);
  // Changes made during the request are not part of it.
  if (ctx.covers === changes) {
    form.removeAttribute("data-dirty");
    touched.clear();
    forgetKept();
  }
  const state = byId("draft-state").dataset;
  if (state.revision) revision().value = state.revision;
  switchParts();
  markInvalid();
  channel.postMessage(form.dataset.assistant);
  if ("behind" in state) follow();
});

// Disables the settings that the chosen model doesn't have: sampling or reasoning effort.
function switchParts() {
  const without = byId("model-notes").dataset.without.split(" ");
  for (const name of ["sampling", "reasoning"]) {
    const part = byId(`part-${name}`);
    if (part.disabled === without.includes(name)) continue;
    part.disabled = !part.disabled;
    touchAndSave(nameOf(part)); // disabled fields are not submitted, so they leave the draft
  }
}

function markInvalid() {
  for (const place of form.querySelectorAll(".error[id]")) {
    for (const field of form.querySelectorAll(`[aria-describedby="${place.id}"]`)) {
      if (place.textContent) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }
}

// --- saves that fail ---------------------------------------------------------------------------
function noteFailure(failed) {
  hasFailed = failed;
  form.toggleAttribute("data-failed", failed);
}

function tryAgainLater(ctx) {
  if (!isSave(ctx)) return;
  noteFailure(true);
  setTimeout(() => isDirty() && hasFailed && save(), AGAIN);
}
onHtmx("error", ({ ctx }) => ctx && tryAgainLater(ctx));
onHtmx("response:error", ({ ctx }) => {
  if (ctx.response.status >= 500) tryAgainLater(ctx);
  // Perhaps a run of a draft that this page doesn't show.
  if (form && ctx.response.status === 422 && !isSave(ctx)) follow();
});

addEventListener("online", () => {
  if (isDirty()) save();
});

// Leaving the page loses nothing, unless the browser couldn't keep it.
addEventListener("beforeunload", (event) => {
  if (isDirty() && !keepNow()) event.preventDefault();
});
addEventListener("pagehide", () => {
  if (isDirty() && keepNow()) post(form.getAttribute("hx-post"), bodyToSave(), true);
});

// Save before running, publishing or comparing, in front of htmx's own listeners.
const saveFirst = () => isDirty() && save();
on("[data-act=publish], [data-act=diff], button[data-runs]", "click", saveFirst, { capture: true });
on("form[data-runs]", "submit", saveFirst, { capture: true });

// From the page of changes one comes back to this thread, and publishes with the note begun here.
on("a[data-changes]", "click", (link) => {
  const t = new URLSearchParams(location.search).get("t") ?? "";
  const note = document.getElementById("publish-note")?.value ?? "";
  link.search = new URLSearchParams({ t, note });
});

async function restoreKept() {
  const kept = keptEdits();
  if (!kept) return;
  form.inert = true; // what is typed now must not be replaced
  const answer = await post(form.dataset.column, kept);
  if (answer?.status === 200 && !answer.redirected) {
    showKept(new URLSearchParams(kept), await answer.text());
  } else if ([204, 404].includes(answer?.status)) {
    forgetKept();
    follow(); // they may have been saved after this page was made
  }
  form.inert = false;
}

function showKept(kept, html) {
  const names = kept.getAll("touched");
  const seen = kept.getAll("seen");
  replaceParts(parsed(html), (part, next) => {
    const { part: name } = part.dataset;
    if (!names.includes(name)) return false;
    seenIn(next).value = seen.find((value) => value.startsWith(`${name} `)) ?? "";
    touched.add(name);
    return true;
  });
  touchAndSave(names.find((name) => name));
  toast(form.dataset.restored);
}

// --- changes in other tabs ---------------------------------------------------------------------
const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
const channel = new BroadcastChannel("drafts");

async function fetchColumn(query = {}) {
  const url = new URL(form.dataset.column, location);
  url.search = new URLSearchParams(query);
  const answer = await fetch(url).catch(() => null);
  return answer?.status === 200 && !answer.redirected ? parsed(await answer.text()) : null;
}

/** Show what was changed elsewhere, except in parts that have unsaved changes here. */
async function follow() {
  const { value, dataset } = revision();
  const [before, savedBefore] = [changes, saves];
  const fresh = await fetchColumn({ revision: value, version: dataset.version });
  // A save since then is newer. Its own answer says whether something is left to fetch.
  if (fresh && before === changes && savedBefore === saves) show(fresh);
}

function show(fresh, taken = []) {
  replaceParts(fresh, (part, next) => {
    const { part: name } = part.dataset;
    const isBusy = touched.has(name) || part.querySelector(".chip.pending");
    return taken.includes(name) || (!isBusy && seenIn(part).value !== seenIn(next).value);
  });
  for (const name of ["sampling", "reasoning"]) {
    byId(`part-${name}`).disabled = fresh.getElementById(`part-${name}`).disabled;
  }
  if (!touched.size) replaceState(fresh);
}

function replaceState(fresh) {
  for (const selector of [".cfg-h", "#draft-area", "#draft-revision"]) {
    const next = fresh.querySelector(selector);
    document.querySelector(selector).replaceWith(next);
    htmx.process(next);
  }
  switchPublish();
}

on("[data-take-theirs]", "click", async () => {
  const names = byId("draft-state").dataset.conflict.split(" ");
  discarded = changes;
  const fresh = await fetchColumn();
  if (!fresh) return;
  hasConflict = false;
  for (const name of names) touched.delete(name);
  show(fresh, names);
  if (touched.size) return touchAndSave([...touched][0]); // the conflict held it up
  form.removeAttribute("data-dirty");
  forgetKept();
});

if (form) {
  channel.addEventListener("message", ({ data }) => data === form.dataset.assistant && follow());
  channel.postMessage(form.dataset.assistant); // this page may be the result of a discarded draft
  addEventListener("focus", follow);
  restoreKept();
}

// --- the expanded instructions -----------------------------------------------------------------
onKey("*", (_element, { key }) => {
  if (form && key === "Escape") byId("expand-instructions").checked = false;
});
