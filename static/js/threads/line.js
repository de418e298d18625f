// The line to the server, and #connection, which shows how it is: a websocket (htmx's hx-ws) over
// which the frames of the open thread come, or questions every two seconds where none gets through.

import { onHtmx } from "../events.js";
import { delayAfter, firstDelay, reconnectOptions, secondsUntil } from "../pure/retry.js";
import { announce } from "../shell/announce.js";
import { lastSeq, receive } from "./frames.js";
import { showSignedOut } from "./signed_out.js";

const SIGNED_OUT = 4401; // the server's own close codes (assistants_app/realtime)
const REFUSED = [4403, 4404];
const LOST = 1006; // the browser's code for a connection that broke
const ASK_EVERY = 2000; // milliseconds

const main = document.getElementById("main");
const root = document.documentElement;
const badge = document.getElementById("connection");

let connection; // hx-ws's own record: its url, its config, its socket and the count of attempts
let retryAt = 0;
let failures = 0;
let asking; // the timer of questions

/** `state`: "live", "reconnecting", "asking" or "offline", each with its text on #connection. */
function showState(state) {
  if (!badge) return;
  badge.hidden = false;
  badge.classList.toggle("ok", state === "live");
  badge.classList.toggle("warn", state !== "live");
  badge.querySelector("span").textContent = badge.dataset[state];
  root.dataset.line = state;
  countDown();
}

// Shown to the eye only (aria-hidden): a live region that counts would never be quiet.
function countDown() {
  const left = root.dataset.line === "reconnecting" ? secondsUntil(retryAt, Date.now()) : 0;
  badge.lastElementChild.textContent = left ? `${left} s` : "";
}
if (badge) setInterval(countDown, 1000);

// --- the websocket -----------------------------------------------------------------------------
// Every connection, also a repeated one, asks for what comes after the last frame seen.
onHtmx("ws:before:connection", (detail) => {
  connection = detail.connection;
  connection.url = `${connection.url.split("?")[0]}?after=${lastSeq()}`;
});

onHtmx("ws:after:connection", () => {
  clearInterval(asking);
  showState("live");
});

onHtmx("ws:after:message:incoming", ({ message }) => receive(() => JSON.parse(message.data)));

onHtmx("ws:close", ({ code, reason }) => {
  if (code === SIGNED_OUT) showSignedOut();
  else if (REFUSED.includes(code))
    location.reload(); // the server's page says why
  else if (reason !== "removed") waitAndRetry();
});

function waitAndRetry() {
  failures += 1;
  clearInterval(asking);
  // A proxy may let no websocket through: the second failure is no accident any more.
  if (failures > 1) asking = setInterval(ask, ASK_EVERY);
  const delay = firstDelay(Math.random());
  Object.assign(connection.config, reconnectOptions(delay));
  retryAt = Date.now() + delayAfter(connection.attempt, delay);
  showState(navigator.onLine ? "reconnecting" : "offline");
}

// --- questions instead ---------------------------------------------------------------------------
async function ask() {
  const answer = await fetch(`${main.dataset.frame}?after=${lastSeq()}`).catch(() => null);
  if (answer?.status === 200) receive(() => answer.json());
  if (answer?.ok) showState("asking"); // also 204: there is nothing new
}

// --- a browser that is offline --------------------------------------------------------------------
addEventListener("offline", () => showState("offline"));

addEventListener("online", () => {
  showState("reconnecting");
  // Nobody knows whether the old line has survived. A new one asks for all that came meanwhile.
  connection?.socket?.dispatchEvent(new CloseEvent("close", { code: LOST }));
});

// Reading goes on offline; what would change something is not even tried, and stays as it was typed.
onHtmx("before:request", ({ ctx }, event) => {
  if (root.dataset.line !== "offline" || ctx.request.method === "GET") return;
  event.preventDefault();
  announce(badge.dataset.reading);
});
