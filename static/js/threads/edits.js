// Edits of messages, and comments, in their place. The text survives a reload until it is sent or
// given up.

import { afterSwap, on, onKey } from "../events.js";
import { rowsFor } from "../pure/drafts.js";

const BOX = "[data-edits]";
const keyOf = ({ dataset }) => `edit:${dataset.edits}:${dataset.opens ?? "edit"}`;
const focusAround = (element) => element.closest("article")?.focus({ preventScroll: true });

function forget(form) {
  const box = form.querySelector(BOX);
  if (box) sessionStorage.removeItem(keyOf(box));
}

function close(form) {
  forget(form);
  const place = form.parentElement;
  form.remove();
  focusAround(place);
}

afterSwap(({ target }) => {
  if (!target.matches?.(".edit-place, .comment-place")) return;
  const box = target.querySelector(BOX);
  if (!box && document.activeElement === document.body) focusAround(target);
  if (!box) return;
  box.value = sessionStorage.getItem(keyOf(box)) ?? box.value;
  box.rows = rowsFor(box.value);
  box.focus();
});

on(BOX, "input", (box) => {
  sessionStorage.setItem(keyOf(box), box.value);
  box.rows = rowsFor(box.value);
});

on("[data-cancel-edit]", "click", ({ form }) => close(form));

// Esc gives up an edit only while nothing has been typed.
onKey(BOX, (box, { key }) => {
  if (key === "Escape" && box.value === box.defaultValue) close(box.form);
});

on(".edit-form", "htmx:after:request", (form, { detail }) => {
  const { hx, response } = detail.ctx;
  // The answer to a comment is empty.
  const isSent = form.matches(".comment-form") && [200, 204].includes(response?.status);
  if (hx.redirect || isSent) forget(form);
});

// <html> has the address of the script under the same name.
on("textarea[data-mentions]", "focusin", async (box) => {
  const { suggestIn } = await import(document.documentElement.dataset.mentions);
  suggestIn(box);
});

addEventListener("load", () => {
  for (const key of Object.keys(sessionStorage)) {
    const [kind, id, opens] = key.split(":");
    if (kind === "edit") document.querySelector(`#${id} [data-act=${opens}]`)?.click();
  }
});
