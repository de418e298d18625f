// Files for a form: chosen, dropped or pasted into a [data-drop] area, sent up one by one. Each is a
// chip with its progress, then the server's own chip, whose hidden field the form sends along.

const token = () => JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];
// Of a folder that was dropped come all files but hidden ones.
async function* filesOf(entry) {
  if (entry.name.startsWith(".")) return;
  if (entry.isFile) yield await new Promise((resolve, reject) => entry.file(resolve, reject));
  else {
    const reader = entry.createReader();
    const read = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    for (let inside = await read(); inside.length; inside = await read()) {
      for (const child of inside) yield* filesOf(child);
    }
  }
}

async function addDropped(area, items) {
  // All at once: the list is emptied when the event is over.
  const dropped = [...items]
    .filter((item) => item.kind === "file")
    .map((item) => {
      const entry = item.webkitGetAsEntry();
      return entry?.isDirectory ? entry : item.getAsFile();
    });
  for (const one of dropped) {
    if (one instanceof File) addFiles(area, [one]);
    else for await (const file of filesOf(one)) addFiles(area, [file]);
  }
}

const AT_ONCE = 3; // uploads; the page needs lines to the server too
const waiting = [];
let underWay = 0;

function next() {
  while (underWay < AT_ONCE && waiting.length) {
    const [request, file, chip] = waiting.shift();
    if (!chip.isConnected) continue; // removed while it waited
    underWay += 1;
    request.send(file);
  }
}

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
  chip.classList.remove("failed", "again");
  chip.classList.add("pending");
  progress.hidden = false;
  chip.querySelector(".error").textContent = "";
  request.upload.onprogress = (event) => {
    progress.value = event.loaded / event.total;
  };
  request.onload = () => {
    if (request.status === 200) chip.outerHTML = request.responseText;
    else
      fail(chip, `${area.dataset.failed} (${request.status} ${request.statusText})`, () =>
        send(area, file, chip),
      );
    changed(area);
  };
  request.onerror = () => fail(chip, area.dataset.failed, () => send(area, file, chip));
  request.onloadend = () => {
    underWay -= 1;
    next();
  };
  const url = new URL(area.dataset.upload, location);
  url.searchParams.set("name", file.name);
  for (const option of area.querySelectorAll("[data-option]"))
    url.searchParams.set(option.name, option.value);
  request.open("PUT", url);
  request.setRequestHeader("X-CSRFToken", token());
  chip.stopUpload = () => request.abort();
  waiting.push([request, file, chip]);
  next();
}

function fail(chip, why, again) {
  chip.sendAgain = again;
  chip.classList.toggle("again", Boolean(again));
  chip.classList.remove("pending");
  chip.classList.add("failed");
  chip.querySelector("progress").hidden = true;
  chip.querySelector(".error").textContent = why;
}

function say(text) {
  const toast = document.createElement("p");
  toast.className = "banner";
  toast.textContent = text;
  document.getElementById("toasts").replaceChildren(toast);
  setTimeout(() => toast.remove(), 4000);
}

// The form hears of it as of any other field.
function changed(area) {
  const count = area.querySelector("[data-file-count]");
  if (count) count.textContent = area.querySelectorAll("[name=file]").length;
  chooser(area).dispatchEvent(new Event(area.dataset.says ?? "change", { bubbles: true }));
}

document.addEventListener("filepicked", () => changed(document.getElementById("code-files")));
document.addEventListener("change", (event) => {
  const { target } = event;
  if ("all" in target.dataset)
    for (const box of target.closest("table").querySelectorAll("[name=selected]"))
      box.checked = target.checked;
  if (target.dataset.shows) document.getElementById(target.dataset.shows).hidden = !target.checked;
  const area = target.type === "file" && target.closest("[data-drop]");
  if (!area || !target.files.length) return;
  addFiles(
    area,
    [...target.files].filter((file) => !file.name.startsWith(".") || !target.webkitdirectory),
  );
  target.value = "";
});

document.addEventListener("click", (event) => {
  const area = event.target.closest("[data-drop]");
  const pick = area && event.target.closest("[data-pick]");
  if (pick) (pick.dataset.pick ? area.querySelector("[webkitdirectory]") : chooser(area)).click();
  const add = event.target.closest("[data-add-row]");
  if (add) {
    const template = add.closest("fieldset").querySelector("template");
    template.before(template.content.cloneNode(true));
    template.previousElementSibling.querySelector("input").focus();
  }
  if (event.target.closest("[data-cancel]")) {
    waiting.length = 0;
    for (const chip of area.querySelectorAll(".chip.pending")) {
      chip.stopUpload();
      chip.remove();
    }
  }
  event.target.closest("[data-remove-row]")?.closest("[data-row]").remove();
  if (event.target.closest("[data-send-again]")) event.target.closest(".chip").sendAgain();
  const remove = event.target.closest("[data-remove-file]");
  if (!remove) return;
  const chip = remove.closest(".chip");
  chip.stopUpload?.();
  chip.remove();
  changed(area);
  area.querySelector("[data-pick]").focus();
});

// A message does not leave without the files that are on their way.
document.addEventListener(
  "submit",
  (event) => {
    if (!event.target.querySelector(".chip.pending")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(document.querySelector("[data-wait]").dataset.wait);
  },
  { capture: true },
);

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const area = event.target.closest?.("[data-drop]");
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // dropped beside an area, a file would replace the page
    area?.classList.toggle("dropping", kind === "dragover");
    if (kind === "drop" && area) addDropped(area, event.dataTransfer.items);
  });
}

document.addEventListener("paste", (event) => {
  const area = event.target.closest?.("[data-drop]");
  if (area && event.clipboardData.files.length) {
    event.preventDefault();
    addFiles(area, event.clipboardData.files);
  }
});
