// The trace of one run.

import "./section.js";
import "../runs/waterfall.js";
