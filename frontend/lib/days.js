/**
 * Dates as people in Korea read them, in Korean time whatever the device says.
 */

const KOREA = { timeZone: "Asia/Seoul" };

/**
 * @param {Date} moment
 * @param {string} language "ko" or "en"
 * @returns {string} like 2027년 11월 22일(월)
 */
export function day(moment, language) {
  const parts = new Intl.DateTimeFormat(language === "ko" ? "ko-KR" : "en-GB", {
    ...KOREA,
    year: "numeric",
    month: language === "ko" ? "numeric" : "long",
    day: "numeric",
    weekday: "short",
  }).formatToParts(moment);
  const part = (/** @type {string} */ type) =>
    parts.find((each) => each.type === type)?.value ?? "";
  return language === "ko"
    ? `${part("year")}년 ${part("month")}월 ${part("day")}일(${part("weekday")})`
    : `${part("weekday")} ${part("day")} ${part("month")} ${part("year")}`;
}

/**
 * @param {Date} when
 * @param {string} language "ko" or "en"
 * @returns {string} like 2027년 11월 22일(월) 23:59
 */
export function moment(when, language) {
  const time = new Intl.DateTimeFormat("en-GB", {
    ...KOREA,
    hour: "2-digit",
    minute: "2-digit",
  }).format(when);
  return `${day(when, language)} ${time}`;
}

/**
 * Return how many whole days are left until `moment`, never below zero.
 * @param {Date} moment
 * @param {number} now milliseconds
 */
export function daysLeft(moment, now) {
  return Math.max(0, Math.floor((moment.getTime() - now) / 86_400_000));
}
