// The websocket of a page without a thread. The top bar has its address.

import { onHtmx } from "../events.js";
import { lineUrl } from "./news.js";

const REFUSED = 4401; // the first of the close codes of assistants_app/realtime

onHtmx("ws:before:connection", ({ connection }) => {
  connection.url = lineUrl(connection.url);
});

// The page that the server sends instead says why.
onHtmx("ws:close", ({ code }) => code >= REFUSED && location.reload());
