/**
 * What the page of the phone check does with each answer about its call. Pure.
 */

/** How often to ask how the call stands, and how much later while nobody answers. */
export const POLL_INTERVAL_MS = 1_500;
export const RETRY_INTERVAL_MS = 4_000;

/**
 * @typedef {object} PollResult
 * @property {boolean} again ask once more, after `later` milliseconds
 * @property {number} later
 * @property {string | null} line what to say of the call; null leaves it as it is
 * @property {boolean} away the centre does not answer just now
 */

/** What mends by itself: asking on is better than a page that says it is broken. */
const TRANSIENT_CODES = new Set(["offline", "busy", "fault", "unexpected_answer"]);

/** The page is of no more use: its next view comes from the server. */
const STOP = { again: false, later: 0, line: null, away: false };

/**
 * Return what follows from how the call stands.
 * @param {unknown} response
 * @returns {PollResult}
 */
export function afterResponse(response) {
  const { waits, line } = /** @type {Record<string, unknown>} */ (response ?? {});
  if (waits !== true) return STOP;
  const text = typeof line === "string" ? line : null;
  return { again: true, later: POLL_INTERVAL_MS, line: text, away: false };
}

/**
 * Return what follows when there was none: a broken line mends, a refusal does not.
 * @param {unknown} code of the refusal
 * @returns {PollResult}
 */
export function afterError(code) {
  if (!TRANSIENT_CODES.has(String(code))) return STOP;
  return { again: true, later: RETRY_INTERVAL_MS, line: null, away: true };
}

/**
 * Return how many whole seconds a button has still to wait.
 * @param {number} end in milliseconds
 * @param {number} now in milliseconds
 */
export const secondsLeft = (end, now) => Math.max(0, Math.ceil((end - now) / 1000));
