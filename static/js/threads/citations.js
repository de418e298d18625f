// a.cite opens the passage that it cites in a dialog, instead of the page of it.

import { on } from "../events.js";
import { openDialog } from "../shell/dialogs.js";

on("a.cite", "click", (link, event) => {
  if (event.ctrlKey || event.metaKey) return; // in another tab, as any link
  event.preventDefault();
  openDialog(document.getElementById("citation-dialog"));
  htmx.ajax("GET", `${link.pathname}passage`, { target: "#citation-body" });
});
