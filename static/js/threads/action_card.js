// The card of a run that waits for outputs, form[data-action]. The typed outputs survive a reload,
// and swaps of the card because of other events.

import { afterSwap, nowAndAfterSwap, on } from "../events.js";
import { isMended, restored } from "../pure/typed_fields.js";
import { announce } from "../shell/announce.js";
import { toEnd } from "./window.js";

const card = () => document.querySelector("form[data-action]");
const keyOf = (form) => `typed:${form.dataset.action}`;

function keep(form) {
  sessionStorage.setItem(keyOf(form), JSON.stringify([...new FormData(form)]));
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "[]");
  const fields = [...form.elements].map((element) => {
    const { name, type, value } = element;
    return { element, name, type, value, given: Boolean(element.closest("[data-given]")) };
  });
  for (const { field, value } of restored(kept, fields)) put(field.element, value);
  // From now on, the values from the server are kept like typed ones.
  for (const call of form.querySelectorAll("[data-given]")) delete call.dataset.given;
  keep(form);
}

function put(field, value) {
  if (field.type === "radio") {
    field.checked = true;
    // The choice between form and text. The stylesheet shows the chosen one by this attribute.
    if (field.name.startsWith("shape-")) field.closest("[data-call]").dataset.shape = value;
  } else if (field.value !== value) {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// The server announces a new card in a frame. A card that was there when the page opened, or came
// with the whole state, has not been announced yet.
let announced = "";
function announceOnce({ dataset: { action, says } }) {
  if (action === announced) return;
  announced = action;
  announce(says);
}

/** Focus a field of the card, and show the card's head, with the time that is left, above it. */
function show(field) {
  card().scrollIntoView({ block: "start" });
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "nearest" });
}

function answer() {
  const form = card();
  const fields = [...form.querySelectorAll("[data-call] :is(textarea, select)")];
  const isEmpty = (field) => !field.value.trim() && field.checkVisibility();
  show(fields.find(isEmpty) ?? form.querySelector("[type=submit]"));
}

on("[data-answer]", "click", async (_link, event) => {
  event.preventDefault();
  await toEnd(); // the card comes after the last message
  answer();
});

on("form[data-action]", "input", (form, { target: field }) => {
  keep(form);
  // An error is about the value that the server got.
  const error = document.getElementById(field.getAttribute("aria-describedby"));
  if (!error || !isMended(field.value, field.dataset.kind)) return;
  error.remove();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
});

afterSwap(({ response }) => {
  const faulty = response?.status === 422 && card()?.querySelector("[aria-invalid]");
  if (faulty) show(faulty);
});

nowAndAfterSwap(() => {
  const form = card();
  if (!form) return;
  restore(form);
  announceOnce(form);
});

// From the page of the run. Not earlier, because the browser itself focuses the card, too.
addEventListener("load", () => {
  if (card() && location.hash === `#${card().id}`) answer();
});
