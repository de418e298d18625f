// A field with text that no form accepts, such as one with NUL. The server names it in a header
// (web/kept_text.py), and the error goes below it. The text stays.

import { on, onHtmx } from "../events.js";

const ID = "e-refused";

function forget() {
  document.getElementById(ID)?.remove();
  for (const field of document.querySelectorAll(`[aria-errormessage=${ID}]`)) {
    field.removeAttribute("aria-errormessage");
    field.removeAttribute("aria-invalid");
  }
}

onHtmx("response:error", ({ ctx }) => {
  const name = ctx.response.headers.get("X-Refused-Field");
  if (name === null) return;
  forget();
  const form = ctx.sourceElement?.closest("form") ?? ctx.sourceElement?.form;
  const found = form?.elements.namedItem(decodeURIComponent(name));
  const field = found instanceof RadioNodeList ? found[0] : found;
  if (!field) return;
  const error = Object.assign(document.createElement("p"), { id: ID, className: "error" });
  error.textContent = ctx.text;
  field.after(error);
  field.setAttribute("aria-errormessage", ID);
  field.setAttribute("aria-invalid", "true");
  field.focus();
});

on("input, textarea, select", "input", (field) => {
  if (field.getAttribute("aria-errormessage") === ID) forget();
});
