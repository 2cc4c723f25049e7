/**
 * What kind of device this page is on, as far as its buttons depend on it.
 */

/** Whether it is held in a hand: nobody can scan the small screen there. */
export const isHandheld = () =>
  matchMedia("(pointer: coarse) and (max-width: 700px), (hover: none)").matches;

/** What the device's system is called in the guides. @returns {"windows" | "mac" | "linux" | "phone"} */
export function systemOf() {
  const agent = navigator.userAgent;
  if (/Android|iPhone|iPad/i.test(agent) || isHandheld()) return "phone";
  if (/Mac OS X|Macintosh/i.test(agent)) return "mac";
  return /Windows/i.test(agent) ? "windows" : "linux";
}
