// A test set and its table, which has the first word on keys.

import "../tests/grid.js";
import "./section.js";
