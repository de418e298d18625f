// A citation, a.cite, opens the cited text in a dialog instead of on its own page.

import { on } from "../events.js";
import { openDialog } from "../shell/dialogs.js";

on("a.cite", "click", (link, event) => {
  if (event.ctrlKey || event.metaKey) return; // opens a new tab
  event.preventDefault();
  openDialog(document.getElementById("citation-dialog"));
  htmx.ajax("GET", `${link.pathname}text/`, { target: "#citation-body" });
});
