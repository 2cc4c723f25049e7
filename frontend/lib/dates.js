/**
 * Dates as people in Korea read them, in Korean time whatever the device says.
 *
 * The names of days and months are those of the language; their order is in the
 * catalogue. Twin of webapp/web/i18n.py.
 */
import { _ } from "./i18n.js";

const KOREA = { timeZone: "Asia/Seoul" };

/**
 * @param {Date} date
 * @param {string} language of the page
 * @returns {string} like 2027년 11월 22일(월)
 */
export function formatDate(date, language) {
  return _("%(weekday)s %(day)s %(month)s %(year)s", dateParts(date, language));
}

/**
 * @param {Date} date
 * @param {string} language of the page
 * @returns {string} like 2027년 11월 22일(월) 23:59
 */
export function formatDateTime(date, language) {
  const { hour, minute } = dateParts(date, language);
  return `${formatDate(date, language)} ${hour}:${minute}`;
}

/**
 * Return how many whole days are left until `moment`, never below zero.
 * @param {Date} moment
 * @param {number} now milliseconds
 */
export function daysLeft(moment, now) {
  return Math.max(0, Math.floor((moment.getTime() - now) / 86_400_000));
}

/**
 * @param {Date} moment
 * @param {string} language
 * @returns {Record<string, string>} by the names of Intl.DateTimeFormat
 */
function dateParts(moment, language) {
  const format = new Intl.DateTimeFormat(language, {
    ...KOREA,
    year: "numeric",
    month: "long",
    day: "numeric",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = Object.fromEntries(
    format.formatToParts(moment).map(({ type, value }) => [type, value]),
  );
  // Where a month's name is its number and a word, a whole date takes the word apart.
  return /^\d+$/.test(parts.month)
    ? { ...parts, month: moment.toLocaleString(language, { ...KOREA, month: "long" }) }
    : parts;
}
