// The page of a share link.

import "../threads/math.js";
import "../shell/moments.js";
