// The parts of the configuration form, [data-part]. Only parts that somebody has touched are saved,
// each with the fingerprint of what this page last had from the server (web/assistants/parts.py).

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
  for (const details of part.querySelectorAll("details[open]")) {
    next.querySelector(`details.${details.classList[0]}`)?.setAttribute("open", "");
  }
  if (part.open) next.open = true;
  part.replaceWith(next);
  htmx.process(next);
  const field = id && document.getElementById(id);
  field?.focus?.({ preventScroll: true });
  if (field && selectionStart != null) field.setSelectionRange(selectionStart, selectionEnd);
}
