// The websocket of a comparison, over which the frames of all its lanes arrive. It connects again by
// itself, and polls where websockets don't get through. Each connection, including the first, asks for
// everything after what the page shows.

import { delayAfter, firstDelay } from "../pure/retry.js";
import { receive, refreshSoon, shown } from "./columns.js";

const REFUSED = 4401; // the first of the close codes of assistants_app/realtime
const POLL_EVERY = 2000; // milliseconds

const columns = document.getElementById("compare");
const root = document.documentElement;
let failures = 0;
let polling; // the id of its timer
let socket;

function address() {
  const url = new URL(columns.dataset.line, location);
  url.protocol = url.protocol.replace("http", "ws");
  url.search = new URLSearchParams([["role", document.body.dataset.role ?? ""], ...shown()]);
  return url;
}

function connect() {
  socket = new WebSocket(address());
  socket.addEventListener("open", () => {
    if (failures) refreshSoon(); // what depends on who looks may have changed meanwhile
    failures = 0;
    clearInterval(polling);
    root.dataset.line = "live";
  });
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    if (message.role) document.body.dataset.role = message.role;
    if (message.lane) receive(message);
  });
  socket.addEventListener("close", ({ code }) => {
    // The page that the server sends instead says why.
    if (code >= REFUSED) return location.reload();
    retry();
  });
}

function retry() {
  const delay = delayAfter(failures, firstDelay(Math.random()));
  failures += 1;
  root.dataset.line = navigator.onLine ? "reconnecting" : "offline";
  clearInterval(polling);
  // One failure may be a coincidence. After two, a proxy may be blocking websockets.
  if (failures > 1) polling = setInterval(poll, POLL_EVERY);
  setTimeout(connect, delay);
}

async function poll() {
  const query = new URLSearchParams(shown());
  const answer = await fetch(`${columns.dataset.frames}?${query}`).catch(() => null);
  if (answer?.status !== 200) return;
  for (const frame of (await answer.json()).frames) receive(frame);
}

// The old connection may not have survived. A new one asks for everything that was missed.
addEventListener("online", () => socket?.close());

connect();
