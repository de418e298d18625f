// The main screen.

import "../live.js";
import "../page.js";
import "../config.js";
import "../panels.js";
import "../keyboard.js";
import "../files.js";
import "../copy.js";
import "../thread.js";
import "../math.js";
import "../code_field.js";
import "../log.js";
