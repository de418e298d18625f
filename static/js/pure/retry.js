// Delays between attempts to reconnect, in milliseconds.

const LONGEST = 15_000;

/** Return the first delay. It varies, so that pages do not all reconnect at the same moment. */
export const firstDelay = (random) => 350 + random * 300;

/** Return the options that make hx-ws start with this delay. */
export const reconnectOptions = (delay) => ({
  reconnectDelay: delay,
  reconnectMaxDelay: LONGEST,
  // The page shows a countdown, so hx-ws must wait exactly this long.
  reconnectJitter: 0,
});

/** Return the delay after `attempt` failed attempts, computed the way hx-ws does. */
export const delayAfter = (attempt, delay) => Math.min(delay * 2 ** attempt, LONGEST);

/** Return the whole seconds from `now` until `at`, or 0 if `at` has passed. */
export const secondsUntil = (at, now) => Math.max(0, Math.ceil((at - now) / 1000));
