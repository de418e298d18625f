// A comparison: columns that answer the same messages.

import "./section.js";
import "../compare/line.js";
import "../compare/page.js";
import "../threads/citations.js";
import "../threads/math.js";
import "../files/uploads.js";
