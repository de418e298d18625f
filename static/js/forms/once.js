// A form that leads to another page is sent once. The second click of a double click, before that
// page is there, would create a second experiment.

const AGAIN_AFTER = 5000; // milliseconds, for buttons whose response is a download
const sent = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = event.target;
  // A form may have several buttons, such as Export and Delete.
  const button = event.submitter ?? form;
  if (form.method !== "post") return;
  if (event.timeStamp - sent.get(button) < AGAIN_AFTER) {
    event.preventDefault();
    return;
  }
  // After all listeners: any of them may have prevented it.
  setTimeout(() => event.defaultPrevented || sent.set(button, event.timeStamp));
});
