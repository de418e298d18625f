// Loaded on demand. Opens the dialogs again that signed_out.js has kept.

/** Open the dialogs with what was typed in them. `fields` is the selector of the fields. */
export function openDialogs(dialogs, fields, csrfToken) {
  for (const kept of dialogs) {
    const dialog = document.getElementById(kept.id);
    if (dialog) open(dialog, kept, fields, csrfToken);
  }
}

function open(dialog, { data, html, typed }, fields, csrfToken) {
  Object.assign(dialog.dataset, data);
  dialog.innerHTML = html;
  const changed = [...dialog.querySelectorAll(fields)].filter((field, at) => {
    const [value, checked] = typed[at];
    if (field.value === value && field.checked === checked) return false;
    Object.assign(field, { value, checked });
    return true;
  });
  for (const token of dialog.querySelectorAll("[name=csrfmiddlewaretoken]")) {
    token.value = csrfToken;
  }
  // They have been loaded, and would be loaded again over what was typed.
  for (const part of dialog.querySelectorAll("[hx-trigger~=once]:not(:empty)")) {
    part.removeAttribute("hx-get");
  }
  htmx.process(dialog);
  dialog.showModal();
  for (const field of changed) field.dispatchEvent(new Event("input", { bubbles: true }));
}
