// Uploads wait in line, a few at a time.

const AT_ONCE = 3; // a browser has few connections to a server, and the page needs some as well

const waiting = [];
let underWay = 0;

/** Send the request with the file in its turn, unless `isWanted` says no by then. */
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
