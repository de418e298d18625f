// A queue of uploads, which sends a few at a time.

// Browsers open about six connections per server, and the page needs some for itself.
const AT_ONCE = 3;

const waiting = [];
let underWay = 0;

/** Send the file when its turn comes, if `isWanted()` is still true then. */
export function enqueue(request, file, isWanted) {
  request.addEventListener("loadend", () => {
    underWay -= 1;
    sendNext();
  });
  waiting.push({ request, file, isWanted });
  sendNext();
}

export function forgetWaiting() {
  waiting.length = 0;
}

function sendNext() {
  while (underWay < AT_ONCE && waiting.length) {
    const { request, file, isWanted } = waiting.shift();
    if (!isWanted()) continue;
    underWay += 1;
    request.send(file);
  }
}
