// The composer of a comparison and its draft, columns that scroll together, and the differences.

import { afterSwap, on, onHtmx } from "../events.js";
import { carryFiles, takeFiles } from "../files/carried.js";
import { textAfter } from "../pure/drafts.js";
import { announceAnswers } from "./columns.js";

const key = `compare ${location.pathname}`; // of the text in sessionStorage, which survives a reload
const box = () => document.getElementById("compare-box");
const byId = (id) => document.getElementById(id);

const kept = sessionStorage.getItem(key);
if (box() && kept) box().value = kept;

function keepText() {
  const { value, defaultValue, dataset } = box() ?? { dataset: {} };
  // What the page suggests may be another message after a reload.
  const isTyped = value && !("suggested" in dataset && value === defaultValue);
  if (isTyped) sessionStorage.setItem(key, value);
  else sessionStorage.removeItem(key);
}

on("#compare-box", "input", () => {
  byId("compare-error")?.remove();
  keepText();
});

// What was written while the message was sent belongs to the next one, which waits for its columns.
let isSending = false;
onHtmx("config:request", ({ ctx }, event) => {
  if (ctx.sourceElement.id !== "compare-form") return;
  if (isSending) return event.preventDefault();
  isSending = true;
  ctx.sent = box().value;
  takeFiles(ctx);
});
onHtmx("finally:request", ({ ctx }) => {
  if (ctx.chips) isSending = false;
});
onHtmx("before:swap", ({ ctx, tasks }) => {
  const next = ctx.chips && tasks[0]?.fragment.querySelector("#compare-box");
  if (!next) return;
  // Without other text, the next message that the page suggests stays.
  next.value = textAfter(ctx.response.status, ctx.sent, box().value) || next.value;
  carryFiles(box().form, next.form);
});

afterSwap(({ target }) => {
  if (target?.id !== "compare-composer") return;
  keepText();
  box()?.focus();
});

// The heads were loaded again.
on("#compare-state", "htmx:after:request", () => {
  setTimeout(announceAnswers);
  if (byId("changes-box").open) htmx.trigger("#changes", "show-changes");
});

document.getElementById("changes-box").addEventListener("toggle", ({ target }) => {
  if (target.open) htmx.trigger("#changes", "show-changes");
});

// Without room for all columns, the page shows the one that was chosen.
on("[data-shows]", "click", (button) => {
  for (const each of document.querySelectorAll("[data-shows]")) {
    each.ariaPressed = String(each === button);
    byId(each.dataset.shows).toggleAttribute("data-shown", each === button);
  }
});

// --- scrolling together ------------------------------------------------------------------------
let leads; // the column that a person scrolls; the others follow it

for (const type of ["wheel", "pointerdown", "focusin", "touchstart"]) {
  on(".compare-scroll", type, (column) => (leads = column), { passive: true });
}

document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target !== leads || !byId("compare-sync").checked) return;
    const most = target.scrollHeight - target.clientHeight;
    const share = most > 0 ? target.scrollTop / most : 0;
    for (const column of document.querySelectorAll(".compare-scroll")) {
      if (column !== leads) column.scrollTop = share * (column.scrollHeight - column.clientHeight);
    }
  },
  { capture: true, passive: true },
);
