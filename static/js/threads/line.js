// The connection over which the frames of the open thread arrive, and its badge, #connection. It is
// a websocket (htmx's hx-ws), with polling as the fallback where websockets don't get through.

import { on, onHtmx } from "../events.js";
import { lineUrl } from "../people/news.js";
import { delayAfter, firstDelay, reconnectOptions, secondsUntil } from "../pure/retry.js";
import { toast } from "../shell/toasts.js";
import { lastSeq, receive } from "./frames.js";
import { showSignedOut } from "./signed_out.js";

const SIGNED_OUT = 4401; // close codes of assistants_app/realtime
const REFUSED = [4403, 4404];
const LOST = 1006; // the code that browsers use for a lost connection
const POLL_EVERY = 2000; // milliseconds
const WRITING_EVERY = 3000;

const main = document.getElementById("main");
const root = document.documentElement;
const badge = document.getElementById("connection");

let connection; // hx-ws's record of the connection: url, config, socket, attempt
let retryAt = 0;
let failures = 0;
let polling; // the id of its timer

/** Show "live", "reconnecting", "asking" (polling) or "offline". #connection has their texts. */
function showState(state) {
  if (!badge) return;
  badge.hidden = false;
  badge.classList.toggle("ok", state === "live");
  badge.classList.toggle("warn", state !== "live");
  badge.querySelector("span").textContent = badge.dataset[state];
  root.dataset.line = state;
  countDown();
}

// The countdown is hidden from screen readers, which would read it aloud every second.
function countDown() {
  const left = root.dataset.line === "reconnecting" ? secondsUntil(retryAt, Date.now()) : 0;
  badge.lastElementChild.textContent = left ? `${left} s` : "";
}
if (badge) setInterval(countDown, 1000);

// --- the websocket -----------------------------------------------------------------------------
// Each connection, including the first, asks for everything after the last frame on the page.
onHtmx("ws:before:connection", (detail) => {
  connection = detail.connection;
  connection.url = lineUrl(connection.url, { after: lastSeq() });
});

onHtmx("ws:after:connection", () => {
  clearInterval(polling);
  showState("live");
});

onHtmx("ws:after:message:incoming", ({ message }) => {
  const frame = JSON.parse(message.data);
  if (frame.ops) receive(() => frame);
});

onHtmx("ws:close", ({ code, reason }) => {
  if (code === SIGNED_OUT) return showSignedOut();
  // The page that the server sends instead says why.
  if (REFUSED.includes(code)) return location.reload();
  if (reason !== "removed") waitAndRetry();
});

// The page needs all of the thread's end, for example because it has shown an earlier part.
document.addEventListener("thread:again", () => {
  if (root.dataset.line === "live") connection.socket.send("again");
  else poll("");
});

// Others see who writes this output.
let said = { id: "", at: 0 };
on("[data-call]", "input", ({ dataset: { id } }, { timeStamp: at }) => {
  const isSaid = id === said.id && at - said.at < WRITING_EVERY;
  if (root.dataset.line !== "live" || isSaid) return;
  said = { id, at };
  connection.socket.send(`writing ${id}`);
});

function waitAndRetry() {
  failures += 1;
  clearInterval(polling);
  // One failure may be a coincidence. After two, a proxy may be blocking websockets, so start to
  // poll.
  if (failures > 1 && main.dataset.frame) polling = setInterval(() => poll(), POLL_EVERY);
  const delay = firstDelay(Math.random());
  Object.assign(connection.config, reconnectOptions(delay));
  retryAt = Date.now() + delayAfter(connection.attempt, delay);
  showState(navigator.onLine ? "reconnecting" : "offline");
}

// --- polling -----------------------------------------------------------------------------------
async function poll(after = lastSeq()) {
  const answer = await fetch(`${main.dataset.frame}?after=${after}`).catch(() => null);
  if (answer?.status === 200) receive(() => answer.json());
  // 204 means that there is nothing new. A websocket may be open again by the time of the answer.
  if (answer?.ok && root.dataset.line !== "live") showState("asking");
}

// --- offline -----------------------------------------------------------------------------------
addEventListener("offline", () => showState("offline"));

addEventListener("online", () => {
  if (!connection) {
    // A new thread has no connection yet.
    badge.hidden = true;
    delete root.dataset.line;
    return;
  }
  showState("reconnecting");
  // The old connection may or may not have survived. Close it, because a new one asks for
  // everything that was missed.
  connection.socket?.dispatchEvent(new CloseEvent("close", { code: LOST }));
});

// Offline, don't try requests that change something: the text stays in its field.
onHtmx("before:request", ({ ctx }, event) => {
  if (root.dataset.line !== "offline" || ctx.request.method === "GET") return;
  event.preventDefault();
  // The draft is saved again by itself, and its state says so.
  if (ctx.sourceElement?.id !== "assistant-form") toast(badge.dataset.reading);
});
