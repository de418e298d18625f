// The open thread over its websocket: applies the frames of operations that the server sends
// (assistants_app/rendering/live.py), each once, in order; says whether the line is up.

const main = document.getElementById("main");
const messages = document.getElementById("messages");
const root = document.documentElement;
const connection = document.getElementById("connection");
const announce = document.getElementById("announce");
const follow = document.getElementById("follow");
const NEAR = 80; // pixels from the end that still count as "reading the end"
let lastSeq = main?.dataset.seq ?? "0-0";
let work = Promise.resolve();
let link; // hx-ws's own record of the line

const order = (seq) => seq.split("-").map(Number);
const isAfter = (a, b) => {
  const [am, an] = order(a),
    [bm, bn] = order(b);
  return am > bm || (am === bm && an > bn);
};

function setConnection(state) {
  if (!connection) return;
  connection.hidden = false;
  connection.classList.toggle("ok", state === "live");
  connection.classList.toggle("warn", state !== "live");
  connection.querySelector("span").textContent = connection.dataset[state];
  root.dataset.line = state;
  countDown();
}

// The wait until the next try is ours to draw, so that it can be counted down. Told to the eye only:
// a live region that counts would never be quiet.
let retryAt = 0;
function waitFor({ config, attempt }) {
  const own = {
    reconnectJitter: 0,
    reconnectDelay: 350 + Math.random() * 300,
    reconnectMaxDelay: 15_000,
  };
  Object.assign(config, own);
  retryAt = Date.now() + Math.min(own.reconnectDelay * 2 ** attempt, own.reconnectMaxDelay);
  setConnection(navigator.onLine ? "reconnecting" : "offline");
}

function countDown() {
  const left = root.dataset.line === "reconnecting" ? Math.ceil((retryAt - Date.now()) / 1000) : 0;
  connection.lastElementChild.textContent = left > 0 ? `${left} s` : "";
}
if (connection) setInterval(countDown, 1000);

// Every connection, also a repeated one, asks for what comes after the last frame seen.
document.addEventListener("htmx:ws:before:connection", (event) => {
  link = event.detail.connection;
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
  const { code, reason } = event.detail;
  if (code === 4401) signedOut();
  else if (code === 4403 || code === 4404)
    location.reload(); // the server's page says why
  else if (reason !== "removed") {
    failures += 1;
    clearInterval(asking);
    if (failures > 1) asking = setInterval(ask, 2000);
    waitFor(link);
  }
});

// --- a session that has ended, a browser without a line -------------------------------------
function signedOut() {
  const dialog = document.getElementById("signed-out");
  dialog.querySelector("a").search = new URLSearchParams({
    next: location.pathname + location.search,
  });
  if (!dialog.open) dialog.showModal();
}
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (
    !raw.redirected ||
    new URL(raw.url).pathname !== document.querySelector("#signed-out a").pathname
  )
    return;
  event.preventDefault();
  signedOut();
});
document.addEventListener("htmx:before:request", (event) => {
  if (root.dataset.line !== "offline" || event.detail.ctx.request.method === "GET") return;
  event.preventDefault();
  announce.textContent = "";
  announce.textContent = connection.dataset.reading;
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

// An older run that was chosen stays in the log, drawn anew, until another one begins.
function keepsRun(element, html) {
  const choice = element.querySelector("[data-chosen]");
  if (choice && html.split("<option")[1]?.includes(choice.options[0].value))
    return htmx.ajax("GET", choice.value, { target: element });
  const url = new URL(location);
  url.searchParams.delete("r");
  if (choice) history.replaceState(history.state, "", url);
}

async function apply({ op, id, into, html, text }) {
  const element = document.getElementById(id);
  if (id === "run-log" && keepsRun(element, html)) return;
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
  if (messages)
    messages.setAttribute(
      "aria-busy",
      String(["queued", "in_progress", "cancelling"].includes(status)),
    );
  const waiting = status === "requires_action";
  document.title = document.title.replace(/^\(!\) /, "");
  if (waiting) document.title = `(!) ${document.title}`;
  if (frame.announce && announce) announce.textContent = frame.announce;
}

function isAtEnd() {
  return !messages || messages.scrollHeight - messages.scrollTop - messages.clientHeight < NEAR;
}

function toEnd() {
  if (messages) messages.scrollTop = messages.scrollHeight;
  if (follow) follow.hidden = true;
}

messages?.addEventListener(
  "scroll",
  () => {
    if (follow && isAtEnd()) follow.hidden = true;
  },
  { passive: true },
);
follow?.addEventListener("click", toEnd);
// Whether the old line has survived is not known; a new one asks for all that came meanwhile.
window.addEventListener("online", () => {
  setConnection("reconnecting");
  link?.socket?.dispatchEvent(new CloseEvent("close", { code: 1006 }));
});
window.addEventListener("offline", () => setConnection("offline"));
tellOf({});
toEnd();
