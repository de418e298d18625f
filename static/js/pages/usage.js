// The charts of usage, beside what every section has.

import "./section.js";
import "../charts.js";
