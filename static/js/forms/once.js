// A form that leads to another page is sent once. The second click of a double click, before that
// page is there, would create a second experiment.

const AGAIN_AFTER = 5000; // milliseconds, for forms whose response is a download
const sent = new WeakMap();

document.addEventListener("submit", (event) => {
  // Requests of scripts have prevented it.
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.timeStamp - sent.get(event.target) < AGAIN_AFTER) event.preventDefault();
  else sent.set(event.target, event.timeStamp);
});
