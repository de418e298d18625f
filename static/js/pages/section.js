// A screen beside the playground, such as the list of threads or the settings.

import "../sections.js";
import "../keyboard.js";
import "../copy.js";
