/**
 * Browsers inside other apps: which one this is, and the way out of it.
 *
 * Pure. What such a browser keeps belongs to the app: it is gone with the app, no other
 * browser sees it, and the app can read what is typed. So it is noticed before a key is
 * kept there. What a browser calls itself is a hint and no proof; nothing depends on it
 * but a note.
 */

/**
 * @typedef {"kakaotalk" | "naver" | "line" | "instagram" | "facebook" | "band" | "daum"
 *   | "google" | "wechat" | "tiktok" | "x" | "snapchat" | "telegram" | "other"} App
 * @typedef {"android" | "ios" | "other"} System
 * @typedef {{app: App, system: System}} InApp
 */

/** What apps add to the name of the browser, the telling ones first.
 * @type {readonly (readonly [App, RegExp])[]}
 */
const APPS = [
  ["kakaotalk", /\bKAKAOTALK\b|\bKAKAOSTORY\b/i],
  ["naver", /\bNAVER\(inapp/],
  ["line", /\bLine\/\d/],
  ["instagram", /\bInstagram \d/],
  ["facebook", /\bFB_IAB\b|\bFBAN\/|\bFBAV\//],
  ["band", /\bBAND\/\d/],
  ["daum", /\bDaumApps\b|\bDaumDevice\b/],
  ["wechat", /\bMicroMessenger\//],
  ["tiktok", /\bBytedanceWebview\b|\bmusical_ly|\btrill_/],
  ["x", /\bTwitter for |\bTwitterAndroid\b/],
  ["snapchat", /\bSnapchat[/ ]/],
  ["telegram", /\bTelegram-Android\//],
  ["google", /\bGSA\/\d/],
];
/** A WebView of Android: it says so, or has two versions as only they had. */
const ANDROID_VIEW = /; wv\)|\bVersion\/\d+\.\d+ Chrome\//;
const APPLE = /\((?:iPhone|iPad|iPod|Macintosh)\b/;

/**
 * Tell which app this browser is inside of; null for a browser of its own.
 * @param {string} userAgent
 * @param {{isStandalone?: boolean}} [how] `isStandalone`: opened from the home screen,
 *   where iOS leaves out the name of Safari too
 * @returns {InApp | null}
 */
export function detectInAppBrowser(userAgent, { isStandalone = false } = {}) {
  const system = detectSystem(userAgent);
  const [app] = APPS.find(([, mark]) => mark.test(userAgent)) ?? [];
  if (app !== undefined) return { app, system };
  if (system === "android" && ANDROID_VIEW.test(userAgent))
    return { app: "other", system };
  // On Apple's systems every browser of its own names Safari, whatever else it names.
  const isApple = APPLE.test(userAgent) && /\bAppleWebKit\//.test(userAgent);
  if (isApple && !isStandalone && !/\bSafari\//.test(userAgent))
    return { app: "other", system };
  return null;
}

/**
 * Return the address that opens a page in the browser of the device, or null where there
 * is no such way: then a person copies the link.
 *
 * What stands after `#` is never in it: an app learns, and may report, what it opens.
 * @param {InApp} inApp
 * @param {string} address of the page
 * @returns {string | null}
 */
export function externalBrowserUrl({ app, system }, address) {
  const { protocol, host, pathname } = new URL(address);
  const plain = stripUrl(address);
  if (app === "kakaotalk")
    return `kakaotalk://web/openExternal?url=${encodeURIComponent(plain)}`;
  if (app === "line") return `${plain}?openExternalBrowser=1`;
  if (system !== "android") return null;
  const scheme = protocol.replace(":", "");
  const intent = "action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE";
  return `intent://${host}${pathname}#Intent;scheme=${scheme};${intent};end`;
}

/**
 * Return what may be copied and handed on of an address: no query, nothing after `#`.
 * @param {string} address
 */
export function stripUrl(address) {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

/** @param {string} userAgent @returns {System} */
function detectSystem(userAgent) {
  if (/\bAndroid\b/.test(userAgent)) return "android";
  return APPLE.test(userAgent) ? "ios" : "other";
}
