/**
 * What the wallet's service worker shows of a push message, and where a press leads. Pure:
 * the words and the open windows come in. The message says of which kind it is, no more.
 */

/**
 * @typedef {object} NoticeText
 * @property {string} title
 * @property {string} body
 * @property {string} address where a press leads
 * @property {string} [alarm] the button that leads to the alarm
 */

/** @typedef {Record<string, NoticeText>} NoticeTexts by kind */

/** What is shown for a message that cannot be read: a browser wants something shown. */
const FALLBACK = "request";
/** @type {string} */ const ALARM = "alarm";
const ALARM_ADDRESS = "/me/not-me";
const ICON = "/static/img/icon-192.png";

/**
 * @param {NoticeTexts} texts
 * @param {string} message JSON
 */
export function noticeOf(texts, message) {
  const kind = readKind(texts, message);
  const { title, body, address, alarm } = texts[kind];
  const actions = alarm ? [{ action: ALARM, title: alarm }] : [];
  // One of each kind: a newer one takes the place of the one that is there, and is heard.
  return {
    title,
    options: { body, tag: kind, renotify: true, icon: ICON, data: { address }, actions },
  };
}

/**
 * Show the page that a press asks for: in a window that has it, else in a new one.
 * @param {{action: string, notification: {data: {address: string}}}} event
 * @param {{matchAll(options: object): Promise<readonly {url: string, focus(): unknown}[]>,
 *   openWindow(url: string): Promise<unknown>}} clients
 * @param {string} origin
 */
export async function openNotice({ action, notification }, clients, origin) {
  const address = action === ALARM ? ALARM_ADDRESS : notification.data.address;
  const url = `${origin}${address}`;
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find((window) => window.url === url);
  await (open ? open.focus() : clients.openWindow(url));
}

/** @param {NoticeTexts} texts @param {string} message */
function readKind(texts, message) {
  try {
    const { kind } = JSON.parse(message);
    return Object.hasOwn(texts, kind) ? kind : FALLBACK;
  } catch {
    return FALLBACK;
  }
}
