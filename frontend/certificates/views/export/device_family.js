/**
 * Which kind of device this is, from what its browser says of itself: a hint, which only
 * chooses what is shown first. Pure. Python twin: system_of in
 * mobile_bridge/server/user_agent.py.
 */

/** @typedef {"ios" | "android" | "windows" | "mac" | "linux"} DeviceFamily */

/** The first that fits counts. @type {readonly (readonly [string, DeviceFamily])[]} */
const FAMILIES = [
  ["iPhone", "ios"],
  ["iPad", "ios"],
  ["Android", "android"],
  ["Windows", "windows"],
  ["CrOS", "linux"],
  ["Macintosh", "mac"],
  ["Linux", "linux"],
];
const MAX_READ = 500; // characters

/**
 * Return the kind of a device; an unknown one is "windows", which most computers are. An
 * iPad that asks for a desktop's pages calls itself a Mac.
 * @param {string} userAgent
 * @returns {DeviceFamily}
 */
export function deviceFamily(userAgent) {
  const marks = userAgent.slice(0, MAX_READ);
  return FAMILIES.find(([mark]) => marks.includes(mark))?.[1] ?? "windows";
}
