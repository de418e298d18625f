// The card of a run that waits for outputs, form[data-action]. The typed outputs survive a reload,
// swaps of the card because of other events, and the run: another run that makes the same calls has
// them again, unless they were submitted.

import { afterSwap, nowAndAfterSwap, on, onHtmx } from "../events.js";
import { isMended, restored } from "../pure/typed_fields.js";
import { announce } from "../shell/announce.js";
import { isFollowing } from "./message_list.js";
import { inTurn, toEnd } from "./window.js";

const card = () => document.querySelector("form[data-action]");
const callsIn = (form, fact) =>
  [...form.querySelectorAll("[data-call]")].map((c) => c.dataset[fact]);
const keyOf = (form) =>
  `typed:${document.getElementById("main").dataset.thread} ${callsIn(form, "call")}`;
let submitted; // the run whose outputs were

function keep(form) {
  if (form.dataset.action === submitted) return;
  const typed = [...new FormData(form)];
  sessionStorage.setItem(keyOf(form), JSON.stringify([callsIn(form, "id"), typed]));
}

// The card may have left the page before the answer came.
onHtmx("after:request", ({ ctx: { sourceElement: form, response } }) => {
  if (!form.matches("form[data-action]") || response.status !== 204) return;
  submitted = form.dataset.action;
  sessionStorage.removeItem(keyOf(form));
});

function restore(form) {
  const text = sessionStorage.getItem(keyOf(form)) ?? "[[],[]]";
  // The calls of another run have other IDs, which are in the names of the fields.
  const ids = callsIn(form, "id");
  const renamed = JSON.parse(text)[0].reduce((all, id, at) => all.replaceAll(id, ids[at]), text);
  const kept = JSON.parse(renamed)[1];
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
  // After the frame that brought the card, which has the button and the shortcut to it, too.
  inTurn(() => {
    announce(says);
    answerNext();
  });
}

// Somebody who has just sent a message answers next, unless they are writing another one, or reading
// further up.
function answerNext() {
  const { id, value } = document.activeElement;
  if (card() && id === "composer-box" && !value && isFollowing()) answer();
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

// A mock takes an output to be made of it, or a mock to be used.
function switchHelps(call) {
  const [uses, keeps] = call.querySelectorAll("[data-uses-mock], [data-keeps-mock]");
  if (!uses) return; // answered
  const outputs = [...call.querySelectorAll("textarea, select")];
  uses.disabled = !call.querySelector("[data-mock-of] .badge");
  keeps.disabled = !outputs.some(({ value }) => value.trim());
}

nowAndAfterSwap(() => document.querySelectorAll("[data-call]").forEach(switchHelps));
on("[data-call]", "input", switchHelps);

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
