// A test set and its table.

import "./section.js";
import "../tests/grid.js";
