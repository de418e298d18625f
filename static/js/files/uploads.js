// [data-drop] is the area for the files of a form. Each file that is chosen, dropped or pasted
// there becomes a chip with a progress bar. After the upload the server returns the final chip,
// with a hidden field that the form submits.

import { on } from "../events.js";
import { removeRow } from "../forms/removal.js";
import { isHidden, refusal, takesFiles } from "../pure/uploads.js";
import { csrfToken } from "../shell/csrf.js";
import { toast } from "../shell/toasts.js";
import { droppedFiles } from "./dropped_files.js";
import { enqueue, forgetWaiting } from "./upload_queue.js";

const chooserOf = (area) => area.querySelector("input[type=file]");
// For pages/store_files.js.
const chipsChanged = (area) => area.dispatchEvent(new Event("chips", { bubbles: true }));

// --- uploads -----------------------------------------------------------------------------------
// By chip: functions that stop the upload and that try it again.
const stops = new WeakMap();
const retries = new WeakMap();

/** Upload files to an area. */
export function addFiles(area, files) {
  for (const file of files) {
    const { most, largest, unread } = area.dataset;
    const held = area.querySelectorAll(".chip:not(.failed)").length;
    const limits = { held, most: Number(most), largest: Number(largest), unread };
    const why = refusal({ ...limits, size: file.size, name: file.name });
    const chip = newChip(area, file);
    if (why) fail(chip, area.dataset[why]);
    else upload(area, file, chip);
  }
  chipsChanged(area);
}

function newChip(area, file) {
  const chip = area.querySelector("template").content.firstElementChild.cloneNode(true);
  chip.querySelector(".name").textContent = file.name;
  area.querySelector("[data-files]").append(chip);
  return chip;
}

function upload(area, file, chip) {
  const request = new XMLHttpRequest(); // fetch doesn't report the progress of an upload
  const progress = chip.querySelector("progress");
  const retry = () => upload(area, file, chip);
  const areaNow = () => chip.closest("[data-drop]") ?? area; // a swap may have replaced it
  chip.classList.remove("failed", "again");
  chip.classList.add("pending");
  progress.hidden = false;
  chip.querySelector(".error").textContent = "";

  const sent = chip.querySelector("[data-sent]");
  request.upload.onprogress = ({ loaded, total }) => {
    progress.value = loaded / total;
    sent.textContent = `${Math.floor((100 * loaded) / total)} %`;
  };
  request.onload = () => {
    const { status, statusText, responseText } = request;
    const now = areaNow();
    if (status === 200) chip.outerHTML = responseText;
    else fail(chip, `${area.dataset.failed} (${status} ${statusText})`, retry);
    chipsChanged(now);
    notifyForm(now);
  };
  request.onerror = () => {
    fail(chip, area.dataset.failed, retry);
    chipsChanged(areaNow());
  };

  request.open("PUT", addressFor(area, file));
  request.setRequestHeader("X-CSRFToken", csrfToken());
  stops.set(chip, () => request.abort());
  enqueue(request, file, () => chip.isConnected);
}

function addressFor(area, file) {
  const url = new URL(area.dataset.upload, location);
  url.searchParams.set("name", file.name);
  for (const option of area.querySelectorAll("[data-option]")) {
    url.searchParams.set(option.name, option.value);
  }
  return url;
}

function fail(chip, why, retry) {
  if (retry) retries.set(chip, retry);
  chip.classList.toggle("again", Boolean(retry));
  chip.classList.remove("pending");
  chip.classList.add("failed");
  chip.querySelector("progress").hidden = true;
  chip.querySelector("[data-sent]").textContent = "";
  chip.querySelector(".error").textContent = why;
}

// Files don't change a field of the form by themselves, so the form gets an event.
function notifyForm(area) {
  const count = area.querySelector("[data-file-count]");
  if (count) count.textContent = area.querySelectorAll("[name=file]").length;
  chooserOf(area).dispatchEvent(new Event(area.dataset.says ?? "change", { bubbles: true }));
}

// --- adding files ------------------------------------------------------------------------------
on("[data-drop] [data-pick]", "click", (button) => {
  const area = button.closest("[data-drop]");
  (button.dataset.pick ? area.querySelector("[webkitdirectory]") : chooserOf(area)).click();
});

on("[data-drop] input[type=file]", "change", (chooser) => {
  if (!chooser.files.length) return; // the event that notifyForm dispatches
  const files = [...chooser.files];
  const wanted = files.filter(({ name }) => !isHidden(name) || !chooser.webkitdirectory);
  addFiles(chooser.closest("[data-drop]"), wanted);
  chooser.value = "";
});

document.addEventListener("filepicked", () => notifyForm(document.getElementById("code-files")));

for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    // Without this, a file dropped outside of an area would replace the page.
    event.preventDefault();
    const area = event.target.closest?.("[data-drop], [data-search-drop]");
    area?.classList.toggle("dropping", type === "dragover");
    if (type === "drop" && area) addDropped(area, event.dataTransfer.items);
  });
}

async function addDropped(area, items) {
  const ready = area.matches("[data-drop]") ? area : searchArea(area, nameFor(items));
  for await (const file of droppedFiles(items)) addFiles(await ready, [file]);
  if (document.activeElement === document.body) (await ready).querySelector("[data-pick]").focus();
}

// --- the row of file search --------------------------------------------------------------------
/** Return the area for the files of the row's vector store, which is made if there is none. */
async function searchArea(row, name) {
  const box = row.querySelector("[role=switch]");
  if (!box.checked) box.click();
  const find = () => row.querySelector("#search-store [data-drop]");
  if (!find()) {
    const place = { target: "#search-store", swap: "outerHTML" };
    await htmx.ajax("POST", row.dataset.searchDrop, { ...place, values: { name } });
  }
  return find();
}

/** Return the name of the only dropped folder or file, or that of the assistant. */
function nameFor(items) {
  const [first, ...others] = items;
  const only = others.length ? null : (first.webkitGetAsEntry() ?? first.getAsFile());
  const stem = only?.name.replace(/\.\w+$/, "");
  return stem || document.getElementById("f-name").value;
}

on("[data-drop]", "paste", (area, event) => {
  const { clipboardData } = event;
  const files = [...clipboardData.files];
  const [text, html] = ["text/plain", "text/html"].map((type) => clipboardData.getData(type));
  const takesText = event.target.closest("input, textarea, code-field");
  const names = files.map(({ name }) => name);
  if (!takesFiles({ text: takesText ? text : "", html, names })) return;
  event.preventDefault();
  addFiles(area, files);
});

// --- removing and waiting ----------------------------------------------------------------------
on("[data-cancel]", "click", (button) => {
  forgetWaiting();
  for (const chip of button.closest("[data-drop]").querySelectorAll(".chip.pending")) {
    stops.get(chip)();
    chip.remove();
  }
  chipsChanged(button.closest("[data-drop]"));
});

on("[data-send-again]", "click", (button) => {
  retries.get(button.closest(".chip"))();
  chipsChanged(button.closest("[data-drop]"));
});

on("[data-remove-file]", "click", (button) => {
  const chip = button.closest(".chip");
  stops.get(chip)?.();
  removeRow(button, chip, (list) => {
    const area = list.closest("[data-drop]");
    chipsChanged(area);
    notifyForm(area);
    area.querySelector("[data-pick]").focus();
  });
});

// Don't submit a form before its uploads are complete, also those of fields that stand outside of it
// ([data-form]). This runs before htmx sends the form.
on(
  "form",
  "submit",
  (form, event) => {
    const apart = form.id && document.querySelector(`[data-form="${form.id}"] .chip.pending`);
    if (!apart && !form.querySelector(".chip.pending")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    toast(document.querySelector("[data-wait]").dataset.wait);
  },
  { capture: true },
);
