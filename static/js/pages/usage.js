// The charts of usage.

import "./section.js";
import "../usage/charts.js";
