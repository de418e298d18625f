// Files for a form: chosen, dropped or pasted into a [data-drop] area, sent up one by one. Each is a
// chip with its progress, then the server's own chip, whose hidden field the form sends along.

const token = () => JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];
const chooser = (area) => area.querySelector("input[type=file]");

function addFiles(area, files) {
  for (const file of files) {
    const held = area.querySelectorAll(".chip:not(.failed)").length;
    const chip = newChip(area, file);
    if (held >= Number(area.dataset.most)) fail(chip, area.dataset.tooMany);
    else if (file.size > Number(area.dataset.largest)) fail(chip, area.dataset.tooLarge);
    else send(area, file, chip);
  }
}

function newChip(area, file) {
  const chip = area.querySelector("template").content.firstElementChild.cloneNode(true);
  chip.querySelector(".name").textContent = file.name;
  area.querySelector("[data-files]").append(chip);
  return chip;
}

// XMLHttpRequest, for fetch tells nothing of what has gone up.
function send(area, file, chip) {
  const request = new XMLHttpRequest();
  const progress = chip.querySelector("progress");
  chip.classList.add("pending");
  progress.hidden = false;
  request.upload.onprogress = (event) => { progress.value = event.loaded / event.total; };
  request.onload = () => {
    if (request.status === 200) chip.outerHTML = request.responseText;
    else fail(chip, area.dataset.failed);
    changed(area);
  };
  request.onerror = () => fail(chip, area.dataset.failed);
  request.open("PUT", `${area.dataset.upload}?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("X-CSRFToken", token());
  chip.stopUpload = () => request.abort();
  request.send(file);
}

function fail(chip, why) {
  chip.classList.remove("pending");
  chip.classList.add("failed");
  chip.querySelector("progress").hidden = true;
  chip.querySelector(".error").textContent = why;
}

// The form hears of it as of any other field.
function changed(area) {
  const count = area.querySelector("[data-file-count]");
  if (count) count.textContent = area.querySelectorAll("[name=file]").length;
  chooser(area).dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.dataset.shows) document.getElementById(target.dataset.shows).hidden = !target.checked;
  const area = target.type === "file" && target.closest("[data-drop]");
  if (!area || !target.files.length) return;
  addFiles(area, target.files);
  target.value = "";
});

document.addEventListener("click", (event) => {
  const area = event.target.closest("[data-drop]");
  if (area && event.target.closest("[data-pick]")) chooser(area).click();
  const remove = event.target.closest("[data-remove-file]");
  if (!remove) return;
  const chip = remove.closest(".chip");
  chip.stopUpload?.();
  chip.remove();
  changed(area);
  area.querySelector("[data-pick]").focus();
});

// A message does not leave without the files that are on their way.
document.addEventListener("submit", (event) => {
  if (!event.target.querySelector(".chip.pending")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.getElementById("announce").textContent = document.querySelector("[data-wait]").dataset.wait;
}, { capture: true });

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const area = event.target.closest?.("[data-drop]");
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // dropped beside an area, a file would replace the page
    area?.classList.toggle("dropping", kind === "dragover");
    if (kind === "drop" && area) addFiles(area, event.dataTransfer.files);
  });
}

document.addEventListener("paste", (event) => {
  const area = event.target.closest?.("[data-drop]");
  if (area && event.clipboardData.files.length) {
    event.preventDefault();
    addFiles(area, event.clipboardData.files);
  }
});
