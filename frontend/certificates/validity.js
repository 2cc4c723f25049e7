/**
 * Whether a certificate counts now, from all that is known of it. Pure.
 *
 * Only the issuing centre's word makes it usable: its dates alone never do. Time is the
 * centre's where it said what time it is, for the clock of a device may be wrong.
 */

/**
 * What the centre answers for one certificate (webapp/certificates/public/status.py).
 * @typedef {object} CertificateStatus
 * @property {"good" | "suspended" | "revoked" | "expired" | "unknown" | "not_asked"} status
 *   `not_asked` is said here, of certificates of other issuers
 * @property {string} [reason] of a revocation: "superseded", "key_compromise", …
 * @property {string} [at] since when it is revoked or suspended, ISO 8601
 */

/**
 * `checking`: asked, and not answered yet. `unchecked`: nobody answered. `unknown`: it
 * names the centre as its issuer, and the centre does not know it. `in_date`: nobody was asked, and by its dates
 * it is valid.
 * @typedef {"checking" | "usable" | "suspended" | "revoked" | "expired" | "not_yet"
 *   | "unknown" | "unchecked" | "in_date"} State
 */

/**
 * @typedef {object} Validity
 * @property {State} state
 * @property {number} now milliseconds; the time by which it was judged
 * @property {boolean} isPast whether its last moment is over at that time
 * @property {string} [reason] why it was revoked
 * @property {Date} [at] when it was revoked or suspended
 */

/** @typedef {{notBefore?: Date, notAfter: Date}} Dates */

const DAY = 86_400_000;
/** Between the clocks of a centre's machines. */
const TOLERANCE = 300_000;

/**
 * Return what to show of a certificate.
 * @param {Dates} dates
 * @param {CertificateStatus | null | undefined} status null where nobody answered,
 *   undefined where the answer has not come yet
 * @param {number | null} centreTime milliseconds; null where it is not known
 * @param {number} deviceTime milliseconds
 * @returns {Validity}
 */
export function judge(dates, status, centreTime, deviceTime) {
  const now = centreTime ?? deviceTime;
  const timing = { now, isPast: dates.notAfter.getTime() < now };
  if (status === undefined) return { ...timing, state: "checking" };
  const state = determineState(dates, status?.status, timing);
  const at = status?.at === undefined ? undefined : new Date(status.at);
  return { ...timing, state, reason: status?.reason, at };
}

/**
 * @param {Dates} dates
 * @param {string | undefined} word the centre's
 * @param {{now: number, isPast: boolean}} known
 * @returns {State}
 */
function determineState({ notBefore }, word, { now, isPast }) {
  // A date in the past by a clock that may be wrong proves nothing.
  if (word === undefined) return "unchecked";
  if (word === "revoked") return "revoked"; // for good, also after its last day
  if (word === "expired" || isPast) return "expired";
  if (notBefore !== undefined && notBefore.getTime() > now + TOLERANCE)
    return "not_yet";
  if (word === "suspended" || word === "unknown") return word;
  if (word === "not_asked") return "in_date";
  return word === "good" ? "usable" : "unchecked";
}

/**
 * Tell whether a device's clock is wrong by over a day.
 * @param {number | null} centreTime
 * @param {number} deviceTime
 */
export function isClockWrong(centreTime, deviceTime) {
  return centreTime !== null && Math.abs(centreTime - deviceTime) > DAY;
}

/** Tell whether it is over, so that sending it is of no use. @param {State} state */
export const isOver = (state) => state === "revoked" || state === "expired";
