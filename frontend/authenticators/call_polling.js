/**
 * What the page of the phone check does with each answer about its call. Pure.
 */

/** How often to ask how the call stands, and how much later while nobody answers. */
export const EVERY_MS = 1_500;
export const AWAY_MS = 4_000;

/**
 * @typedef {object} Next
 * @property {boolean} again ask once more, after `later` milliseconds
 * @property {number} later
 * @property {string | null} line what to say of the call; null leaves it as it is
 * @property {boolean} away the centre does not answer just now
 */

/** What mends by itself: asking on is better than a page that says it is broken. */
const AWAY = new Set(["offline", "busy", "fault", "unexpected_answer"]);

/** The page is of no more use: its next view comes from the server. */
const LEAVE = { again: false, later: 0, line: null, away: false };

/**
 * Return what follows from how the call stands.
 * @param {unknown} answer
 * @returns {Next}
 */
export function afterAnswer(answer) {
  const { waits, line } = /** @type {Record<string, unknown>} */ (answer ?? {});
  if (waits !== true) return LEAVE;
  const said = typeof line === "string" ? line : null;
  return { again: true, later: EVERY_MS, line: said, away: false };
}

/**
 * Return what follows when there was none: a broken line mends, a refusal does not.
 * @param {unknown} code of the refusal
 * @returns {Next}
 */
export function afterRefusal(code) {
  if (!AWAY.has(String(code))) return LEAVE;
  return { again: true, later: AWAY_MS, line: null, away: true };
}

/**
 * Return how many whole seconds a button has still to wait.
 * @param {number} end in milliseconds
 * @param {number} now in milliseconds
 */
export const secondsLeft = (end, now) => Math.max(0, Math.ceil((end - now) / 1000));
