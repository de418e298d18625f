// [data-countdown] shows how long a run will still wait for outputs.

import { nowAndAfterSwap } from "../events.js";
import { timeLeft } from "../pure/text.js";

function countDown() {
  for (const node of document.querySelectorAll("[data-countdown]")) {
    const { countdown, label } = node.dataset;
    node.textContent = `${label} ${timeLeft(Date.parse(countdown), Date.now())}`;
  }
}

setInterval(countDown, 1000);
nowAndAfterSwap(countDown);
