// The trace of one run.

import "./section.js";
import "../log.js";
