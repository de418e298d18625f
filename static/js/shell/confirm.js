// The dialog that asks before something that can't be undone. The question is in hx-confirm, or in
// data-ask. [data-yes] names the button. {count} is the number of selected rows; data-one is for 1.

import { on, onHtmx } from "../events.js";

const dialog = document.getElementById("confirm-dialog");
let answer = () => {}; // to the last question

/** Ask, and resolve to whether the answer is yes. The first sentence is the question. */
export function ask(text, { yes } = {}) {
  const [, question, detail] = /^(.*?\?)\s*(.*)$/s.exec(text) ?? [text, text, ""];
  const [title, more] = dialog.children;
  const button = dialog.querySelector("[value=yes]");
  title.textContent = question;
  more.textContent = detail;
  more.hidden = !detail;
  button.textContent = yes || button.dataset.default;
  answer(false);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => (answer = resolve));
}

// While it is open again, the event is about the question before, and comes late.
dialog?.addEventListener("close", () => {
  if (!dialog.open) answer(dialog.returnValue === "yes");
});

onHtmx("confirm", async ({ ctx, issueRequest, dropRequest }, event) => {
  event.preventDefault();
  const { dataset, form } = ctx.sourceElement;
  let text = ctx.confirm;
  if (dataset.one) {
    const count = Number(form.dataset.count);
    if (!count) return dropRequest();
    text = count === 1 ? dataset.one : text.replace("{count}", count);
  }
  if (await ask(text, dataset)) issueRequest();
  else dropRequest();
});

// [data-ask-first]: a button that sends its form, with the rows that are selected, after a question.
on("[data-ask-first]", "click", async (button, event) => {
  event.preventDefault();
  const { askFirst, one, yes } = button.dataset;
  const count = Number(button.form.dataset.count);
  const text = count === 1 ? one : askFirst.replace("{count}", count);
  if (await ask(text, { yes })) button.form.requestSubmit(button);
});

on("form[data-ask]", "submit", async (form, event) => {
  event.preventDefault();
  if (await ask(form.dataset.ask, form.dataset)) form.submit();
});
