// Edits of messages in their place. The text survives a reload until it is sent or given up.

import { afterSwap, on, onKey } from "../events.js";
import { rowsFor } from "../pure/drafts.js";

const BOX = "[data-edits]";
const keyOf = ({ dataset }) => `edit:${dataset.edits}`;

function close(box) {
  sessionStorage.removeItem(keyOf(box));
  const message = box.closest("article");
  box.form.remove();
  message.focus({ preventScroll: true });
}

afterSwap(({ target }) => {
  const box = target.matches?.(".edit-place") && target.querySelector(BOX);
  if (!box) return;
  box.value = sessionStorage.getItem(keyOf(box)) ?? box.value;
  box.rows = rowsFor(box.value);
  box.focus();
});

on(BOX, "input", (box) => {
  sessionStorage.setItem(keyOf(box), box.value);
  box.rows = rowsFor(box.value);
});

on("[data-cancel-edit]", "click", ({ form }) => close(form.querySelector(BOX)));

// Esc gives up an edit only while nothing has been typed.
onKey(BOX, (box, { key }) => {
  if (key === "Escape" && box.value === box.defaultValue) close(box);
});

on(".edit-form", "htmx:after:request", (form, { detail }) => {
  if (detail.ctx.hx.redirect) sessionStorage.removeItem(keyOf(form.querySelector(BOX)));
});

addEventListener("load", () => {
  for (const key of Object.keys(sessionStorage)) {
    const [kind, id] = key.split(":");
    if (kind === "edit") document.querySelector(`#${id} [data-act=edit]`)?.click();
  }
});
