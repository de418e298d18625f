// Threads, settings and other pages outside of the playground.

import "../people/project_line.js";
import "../forms/fields.js";
import "../forms/rename.js";
import "../forms/selection.js";
import "../forms/filters.js";
import "../threads/edits.js";
import "../shell/rove.js";
import "../shell/keyboard.js";
import "../shell/palette.js";
import "../shell/dialogs.js";
import "../shell/copy.js";
import "../shell/fresh.js";
import "../shell/keep_focus.js";
import "../shell/moments.js";
import "../shell/toasts.js";
