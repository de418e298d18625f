// The open thread over its websocket: applies the frames of operations that the server sends
// (assistants_app/rendering/live.py), each once, in order; says whether the line is up.

const main = document.getElementById("main");
const messages = document.getElementById("messages");
const connection = document.getElementById("connection");
const announce = document.getElementById("announce");
const follow = document.getElementById("follow");
const NEAR = 80; // pixels from the end that still count as "reading the end"
let lastSeq = main?.dataset.seq ?? "0-0";
let work = Promise.resolve();

const order = (seq) => seq.split("-").map(Number);
const isAfter = (a, b) => {
  const [am, an] = order(a), [bm, bn] = order(b);
  return am > bm || (am === bm && an > bn);
};

function setConnection(state) {
  if (!connection) return;
  connection.hidden = false;
  connection.classList.toggle("ok", state === "live");
  connection.classList.toggle("warn", state !== "live");
  connection.lastElementChild.textContent = connection.dataset[state];
}

// Every connection, also a repeated one, asks for what comes after the last frame seen.
document.addEventListener("htmx:ws:before:connection", (event) => {
  const link = event.detail.connection;
  link.url = `${link.url.split("?")[0]}?after=${lastSeq}`;
});
document.addEventListener("htmx:ws:after:connection", () => {
  clearInterval(asking);
  setConnection("live");
});
// A proxy may let no websocket through: from the second failure on the page asks for whole frames.
let failures = 0;
let asking;
async function ask() {
  const answer = await fetch(`${main.dataset.frame}?after=${lastSeq}`).catch(() => null);
  if (answer?.status === 200) work = work.then(async () => take(await answer.json()));
  if (answer?.ok) setConnection("asking");
}
document.addEventListener("htmx:ws:close", (event) => {
  if (event.detail.code === 4401) location.assign("/sign-in/");
  else if (event.detail.code === 4404) location.assign(location.pathname);
  else if (event.detail.reason !== "removed") {
    failures += 1;
    clearInterval(asking);
    if (failures > 1) asking = setInterval(ask, 2000);
    setConnection(navigator.onLine ? "reconnecting" : "offline");
  }
});
document.addEventListener("htmx:ws:after:message:incoming", (event) => {
  const frame = JSON.parse(event.detail.message.data);
  work = work.then(() => take(frame)).catch((error) => console.error(error));
});

async function take(frame) {
  // A whole frame, such as the first of a connection, says all, whatever its number is.
  if (!frame.whole && !isAfter(frame.seq, lastSeq)) return;
  lastSeq = frame.seq;
  const atEnd = isAtEnd();
  for (const operation of frame.ops) await apply(operation);
  if (atEnd) toEnd();
  else if (frame.ops.length && follow) follow.hidden = false;
  tellOf(frame);
}

const swap = (target, style, html) =>
  htmx.swap({ sourceElement: main, target, swap: style, text: html, transition: false });

async function apply({ op, id, into, html, text }) {
  const element = document.getElementById(id);
  if (op === "gone") location.assign(location.pathname);
  else if (op === "remove") element?.remove();
  else if (op === "append" && element) appendText(element, text);
  else if (op === "before" && element) element.insertAdjacentHTML("beforebegin", html);
  else if (op === "inner" && element) await replaceInner(element, html);
  else if (op === "upsert" && element) await swap(element, "outerMorph", html);
  else if (op === "upsert") await swap(document.getElementById(into), "beforeend", html);
}

// Output in a box of its own is followed to its end, unless its reader has scrolled up in it.
function appendText(element, text) {
  const box = element.closest("pre");
  const follows = box && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  element.append(text);
  if (follows) box.scrollTop = box.scrollHeight;
}

// Text that grows has nothing for htmx to wire up; the rest may have buttons.
async function replaceInner(element, html) {
  if (element.classList.contains("live")) element.innerHTML = html;
  else if (element.innerHTML !== html) await swap(element, "innerMorph", html);
}

function tellOf(frame) {
  const status = document.querySelector("[data-run-status]")?.dataset.runStatus;
  if (messages) messages.setAttribute("aria-busy", String(["queued", "in_progress", "cancelling"].includes(status)));
  const waiting = status === "requires_action";
  document.title = document.title.replace(/^\(!\) /, "");
  if (waiting) document.title = `(!) ${document.title}`;
  if (frame.announce && announce) announce.textContent = announce.dataset[frame.announce] ?? "";
}

function isAtEnd() {
  return !messages || messages.scrollHeight - messages.scrollTop - messages.clientHeight < NEAR;
}

function toEnd() {
  if (messages) messages.scrollTop = messages.scrollHeight;
  if (follow) follow.hidden = true;
}

messages?.addEventListener("scroll", () => { if (follow && isAtEnd()) follow.hidden = true; }, { passive: true });
follow?.addEventListener("click", toEnd);
window.addEventListener("online", () => setConnection("reconnecting"));
window.addEventListener("offline", () => setConnection("offline"));
tellOf({});
toEnd();
