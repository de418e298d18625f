// Files that are attached while a message is sent belong to the next one.

import { onHtmx } from "../events.js";

const listIn = (form) => form.querySelector("[data-files]");

/** Take the files out of the form whose request contains them. They come back if it fails. */
export function takeFiles(ctx) {
  const list = listIn(ctx.sourceElement);
  ctx.chips = [...list.children];
  list.replaceChildren();
}

/** Move the files, also those that are still uploading, from a form to its successor. */
export function carryFiles(form, next) {
  listIn(next).append(...listIn(form).children);
}

// 200 and 422 replace the form, and a refused message comes back with its files.
onHtmx("finally:request", ({ ctx }) => {
  if (!ctx.chips || [200, 422].includes(ctx.response?.status)) return;
  listIn(document.getElementById(ctx.sourceElement.id)).prepend(...ctx.chips);
});
