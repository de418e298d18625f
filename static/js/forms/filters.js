// Tables whose filters and order are in the address. Back loads the page of an address again; htmx
// only does that for addresses that it has set, and the first one isn't.

if (document.querySelector("[hx-push-url]")) {
  history.replaceState({ ...history.state, htmx: true }, "");
}
