// Files, vector stores, and what a citation cites.

import "../page.js";
import "../keyboard.js";
import "../files.js";
import "../copy.js";
