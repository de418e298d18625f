// How long the page waits before it connects again, in milliseconds.

const LONGEST = 15_000;

/** The wait before the first try. It is random, so that all pages do not come back at once. */
export const firstDelay = (random) => 350 + random * 300;

/** Options of hx-ws for that first wait. */
export const reconnectOptions = (delay) => ({
  reconnectDelay: delay,
  reconnectMaxDelay: LONGEST,
  // The page counts the wait down, so hx-ws must wait exactly as long as is said here.
  reconnectJitter: 0,
});

/** The wait after `attempt` tries failed, as hx-ws computes it. */
export const delayAfter = (attempt, delay) => Math.min(delay * 2 ** attempt, LONGEST);

/** Whole seconds from `now` until `at`, or 0 when that is over. */
export const secondsUntil = (at, now) => Math.max(0, Math.ceil((at - now) / 1000));
