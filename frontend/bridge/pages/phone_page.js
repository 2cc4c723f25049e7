/**
 * The first screen of the device that scans or types a code.
 *
 * Stands in the page itself and is small: one answer of a far server shows it. All that
 * follows is one more file (phone_pairing.js), which is asked for at once. A link's
 * secret is taken before all else.
 */
import { byId, make, onClick, onSubmit, showView } from "../../lib/dom/page.js";
import { detectInAppBrowser } from "../../lib/in_app.js";
import { reloadOnReturn } from "../../lib/dom/reload_on_return.js";
import { _, setMessages } from "../../lib/i18n.js";
import { KEY } from "../transport/session_snapshot.js";
import { readSecret, wipe } from "../core/link.js";

/** @typedef {import("./phone_pairing.js").Way} Way */
/** @typedef {import("./phone_pairing.js").PhonePairing} PhonePairing */
/** The file with what follows, and its words.
 * @typedef {typeof import("./phone_pairing.js") & {default: Record<string, string>}}
 *   Following
 */

const opened = wipe(location, history);
reloadOnReturn();
const AGAIN_MS = 1_000;

setMessages(JSON.parse(byId("words").textContent ?? "{}"));
const page = byId("views");
const pairing = load();
/** What was found and not joined yet. @type {Way | null} */
let way = null;
/** Something was pressed, and what it needs is still being loaded. */
let isWaiting = false;
/** @type {string | undefined} */
let requestedId;

/** @param {string} id */
const button = (id) => byId(id, HTMLButtonElement);
/** @param {string} id */
const form = (id) => byId(id, HTMLFormElement);
onClick(button("join"), () => receive());
onSubmit(form("giving-form"), () =>
  join((following, scanned) => following.send(scanned)),
);
onClick(button("open-camera"), async () => (await pairing).look());
onClick(button("choose-photo"), () => byId("photo").click());
byId("photo", HTMLInputElement).addEventListener("change", ({ currentTarget }) => {
  void photo(/** @type {HTMLInputElement} */ (currentTarget));
});
onClick(button("type-number"), () => askForNumber());
onSubmit(form("number-form"), () => takeNumber());
for (const element of document.querySelectorAll("[data-home-view]"))
  onClick(/** @type {HTMLButtonElement} */ (element), home);
byId("view-joining").addEventListener("click", ({ target }) => {
  if (isWaiting && /** @type {Element} */ (target).matches("[data-cancel]")) home();
});
button("joining-cancel").disabled = false; // before what follows hears it too
addEventListener("hashchange", () => {
  const asked = wipe(location, history);
  if (asked !== null) void take(asked);
});
// Not awaited: what is declared below must be there when it goes on.
void take(opened);

/** Load all that follows, however often it takes. @returns {Promise<PhonePairing>} */
async function load() {
  for (let tries = 0; ; tries += 1) {
    // Under another name each time: some browsers never ask for a failed one again.
    const address = `${page.dataset.pairing}${tries ? `&try=${tries}` : ""}`;
    /** @type {Following | null} */
    const following = await import(address).catch(() => null);
    sayLost(following === null);
    if (following)
      return new following.PhonePairing(following.default, { home, found: follow });
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}

/** @param {boolean} isLost */
function sayLost(isLost) {
  const words = _("Connection lost. Trying to reconnect…");
  const notes = isLost ? [make("p", { class: "notice time" }, words)] : [];
  byId("line").replaceChildren(...notes);
}

/** Begin with what stood after `#`, if that was ours. @param {typeof opened} asked */
async function take(asked) {
  if (asked === null) await goOn();
  else if ("what" in asked) lead(asked.what, asked.id);
  else if (page.dataset.ownScan !== "yes") elsewhere();
  else await ready(asked.secret);
}

async function goOn() {
  try {
    if (hasSnapshot() && (await (await pairing).goOn())) return;
  } catch {
    // What cannot go on begins anew.
  }
  home();
  byId("scan-lost").hidden = !mayHaveLostItsCode();
}

/**
 * Tell whether a camera may have led here with a link that lost all behind `#`: whoever
 * typed the address came the same way.
 */
function mayHaveLostItsCode() {
  return page.dataset.ownScan === "yes" && location.hash === "" && navigatedAnew();
}

function navigatedAnew() {
  const [navigation] = performance.getEntriesByType("navigation");
  return /** @type {any} */ (navigation)?.type === "navigate" && history.state === null;
}

/** Tell whether this tab may have been in a pairing before it was loaded anew. */
function hasSnapshot() {
  try {
    return sessionStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

/**
 * Follow a code that this device scanned just now. To receive, the scan is the press:
 * what is coming is shown before anything of it is kept.
 * @param {string} secret
 */
async function ready(secret) {
  try {
    const scanned = { link: readSecret(secret) };
    if (scanned.link.dir === "SG" || isInsideApp()) return ask(scanned);
    await seen();
    await receiveAtOnce(scanned);
  } catch (error) {
    // What is no link of ours changes nothing where something is going on.
    if (document.querySelector("[id^=view-]:not([hidden], #view-scan)")) return;
    home();
    await (await pairing).say(error);
  }
}

/** A link that another page opened proves nothing: somebody may have sent it. */
function elsewhere() {
  byId("scan-note").textContent = _(
    "This link came from another page or a message, not from your camera. " +
      "Scan the code on the screen of your own other device instead.",
  );
  home();
}

/**
 * @param {string} direction
 * @param {string | undefined} id
 */
function lead(direction, id) {
  requestedId = id;
  const address = `${location.host}/move`;
  byId("scan-note").textContent =
    direction === "send"
      ? _(
          'On the other device, open %(address)s and choose "Receive on this device".',
          { address },
        )
      : _(
          'On the other device, choose "Send to my phone" or "Move to another device".',
        );
  const certificate = id ? `=${id}` : "";
  byId("show-anyway").setAttribute("href", `/move#show-${direction}${certificate}`);
  void pairing.then((following) => following.drop());
  home();
}

/** Ask before anything is joined. @param {Way} scanned */
function ask(scanned) {
  hold(scanned);
  if (directionFor(scanned) !== "SG") showView("view-ready");
  else void pairing.then((following) => following.askToSend(requestedId));
}

/** Follow what the camera of this page, or the person, scanned. @param {Way} scanned */
function follow(scanned) {
  if (directionFor(scanned) !== "SG") void receiveAtOnce(scanned);
  else ask(scanned);
}

/** @param {Way} scanned */
function receiveAtOnce(scanned) {
  hold(scanned);
  return receive();
}

/** Something new is asked for: what went on before it ends. @param {Way} scanned */
function hold(scanned) {
  void pairing.then((following) => following.drop());
  way = scanned;
  byId("language").hidden = true; // another language would load the page anew
}

/** @param {Way} scanned */
function directionFor(scanned) {
  return "link" in scanned ? scanned.link.dir : scanned.dir;
}

function receive() {
  return join((following, scanned) => following.receive(scanned));
}

/**
 * Tell whether an app shows this page in a window of its own. What is kept there is
 * found nowhere else: there a person decides before the code is used up.
 */
function isInsideApp() {
  return detectInAppBrowser(navigator.userAgent, {
    isStandalone: /** @type {any} */ (navigator).standalone === true,
  }) !== null;
}

/** Wait until somebody sees this page: one that a browser loads ahead joins nothing. */
async function seen() {
  while (document.visibilityState !== "visible")
    await new Promise((shown) =>
      document.addEventListener("visibilitychange", shown, { once: true }),
    );
}

/**
 * Join what was found, once; the press is seen before anything else is there.
 * @param {(following: PhonePairing, found: Way) => Promise<void>} begin
 */
async function join(begin) {
  const scanned = way;
  if (scanned === null) return;
  way = null;
  isWaiting = true;
  showView("view-joining");
  const following = await pairing;
  if (!isWaiting) return; // it was stopped meanwhile
  isWaiting = false;
  await begin(following, scanned);
}

/** @param {HTMLInputElement} input */
async function photo(input) {
  await (await pairing).photo(input.files?.[0]);
  input.value = ""; // so that the same photo can be chosen again
}

async function askForNumber() {
  const input = byId("number", HTMLInputElement);
  input.value = "";
  showView("view-typed");
  input.focus(); // at once, or a phone shows no keyboard
  await (await pairing).helpTyping();
}

async function takeNumber() {
  const typed = await (await pairing).typed();
  if (typed !== null) follow(typed);
}

function home() {
  isWaiting = false;
  way = null;
  byId("language").hidden = false;
  showView("view-scan");
}
