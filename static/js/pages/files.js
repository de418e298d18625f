// Files, vector stores and citations.

import "../threads/citations.js";
import "../files/uploads.js";
import "../forms/fields.js";
import "../forms/rows.js";
import "../forms/filters.js";
import "../forms/selection.js";
import "../shell/rove.js";
import "../shell/keyboard.js";
import "../shell/palette.js";
import "../shell/dialogs.js";
import "../shell/copy.js";
import "../shell/fresh.js";
import "../shell/keep_focus.js";
import "../shell/moments.js";
import "../shell/toasts.js";
