// Threads, settings and other pages outside of the playground.

import "../forms/fields.js";
import "../forms/selection.js";
import "../shell/keyboard.js";
import "../shell/palette.js";
import "../shell/dialogs.js";
import "../shell/copy.js";
import "../shell/fresh.js";
import "../shell/moments.js";
import "../shell/time_zone.js";
import "../shell/toasts.js";
