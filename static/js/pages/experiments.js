// An experiment and its cells, whose threads have citations and formulas.

import "./section.js";
import "../threads/citations.js";
import "../threads/math.js";
