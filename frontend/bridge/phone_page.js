/**
 * The phone: receive a certificate. The link's secret is taken before anything else.
 */
import { card } from "../certificates/card.js";
import { openStore } from "../certificates/store.js";
import { begin, byId, draw, make, showView } from "../lib/dom.js";
import { CHECK } from "../lib/icons.js";
import { button, link, sayInForm, showRefusal } from "../lib/refusal.js";
import { said, saidOf } from "../lib/sentences.js";
import { _ } from "../lib/words.js";
import { fingerprint, readCertificate } from "../pki/certificate.js";
import { randomBytes } from "../pki/random.js";
import { openCamera } from "./camera.js";
import { Countdown } from "./countdown.js";
import { makeRelay } from "./line.js";
import { readLink, readSecret, wipe } from "./link.js";
import { Scanner } from "./scanner.js";

/** @typedef {import("./link.js").Link} Link */

const opened = wipe(location, history);
begin();
const page = byId("phone");
const countdown = new Countdown(byId("countdown"));
const refused = byId("scan-refused");
/** @type {Link | null} */
let scanned = null;
/** @type {Scanner | null} */
let scanner = null;
/** @type {{stop(): void} | null} */
let camera = null;
let replaced = false;
/** Why this phone itself could not go on. */
const OURS = new Set([
  "offline",
  "other_key_here",
  "storage_unavailable",
  "not_kept",
  "link_direction",
]);

byId("join").addEventListener("click", () => void join());
byId("open-camera").addEventListener("click", () => void scan());
byId("accept").addEventListener("click", () => void scanner?.accept());
byId("decline").addEventListener("click", () => void scanner?.decline());
byId("cancel-code").addEventListener("click", () => scanner?.cancel());
addEventListener("hashchange", () => take(wipe(location, history)));
take(opened);

/** Begin with what stood after `#`, if anything did. @param {string} secret */
function take(secret) {
  if (scanner !== null) return;
  if (secret === "") return showView("view-scan");
  if (page.dataset.ownScan !== "yes") return elsewhere();
  try {
    ready(readSecret(secret));
  } catch (error) {
    askToScan(error);
  }
}

/** A link that another page opened proves nothing: somebody may have sent it. */
function elsewhere() {
  byId("scan-note").textContent = _(
    "This link came from another page or a message, not from your camera. " +
      "Scan the code on the screen of your own computer instead.",
  );
  showView("view-scan");
}

/** @param {Link} found */
function ready(found) {
  scanned = found;
  byId("language").hidden = true; // another language would load the page anew
  showView("view-ready");
}

/** @param {unknown} error */
function askToScan(error) {
  sayInForm(refused, saidOf(error));
  showView("view-scan");
}

async function scan() {
  sayInForm(refused, null);
  byId("viewer").hidden = false;
  byId("open-camera").hidden = true;
  try {
    camera = await openCamera(byId("video", HTMLVideoElement), seen);
  } catch (error) {
    stopCamera();
    askToScan(error);
  }
}

/** A text in front of the camera; what is not ours is said, and looking goes on. */
function seen(/** @type {string} */ text) {
  try {
    const found = readLink(text, location.origin);
    stopCamera();
    ready(found);
  } catch (error) {
    sayInForm(refused, saidOf(error));
  }
}

function stopCamera() {
  camera?.stop();
  camera = null;
  byId("viewer").hidden = true;
  byId("open-camera").hidden = false;
}

async function join() {
  if (scanned === null) return;
  showView("view-joining");
  scanner = new Scanner({
    relay: makeRelay({ document, window }),
    random: randomBytes,
    read: readCertificate,
    keep,
    tell: hear,
  });
  const found = scanned;
  scanned = null;
  try {
    await scanner.join(found);
  } catch (error) {
    refuse(saidOf(error));
  }
}

/** @param {import("./scanner.js").ScannerState} state */
function hear(state) {
  if (state.state === "joined") countdown.start(state.expiresIn);
  else if (state.state === "code") showCode(state.code);
  else if (state.state === "offer") showOffer(state.offer);
  else if (state.state === "receiving") showView("view-storing");
  else if (state.state === "ended") ended(state);
}

/** @param {string} code */
function showCode(code) {
  const digits = code.replace(/\D/g, "");
  const place = byId("check-code");
  place.setAttribute("aria-label", [...digits].join(" "));
  place.replaceChildren(
    make("span", {}, digits.slice(0, 3)),
    make("span", {}, digits.slice(3)),
  );
  showView("view-code");
}

/** @param {import("./bundle.js").Offer} offer */
function showOffer({ name, issuer, not_after: notAfter, serial, move }) {
  countdown.stop();
  byId("check-code").replaceChildren(); // used; it need not be seen any longer
  byId("offer").replaceChildren(
    card(
      { name, issuerName: issuer, notAfter: new Date(notAfter) },
      { now: Date.now(), language: document.documentElement.lang },
      make("p", { class: "kept" }, _("Serial number %(serial)s", { serial })),
    ),
  );
  byId("offer-note").textContent = move
    ? _("It is moved: the computer deletes it once it is safely here.")
    : _("It is copied: the computer keeps it too. The password stays the same.");
  showView("view-offer");
}

/**
 * Store what came, durably, and only then return.
 * @param {import("./bundle.js").Bundle} bundle
 */
async function keep(bundle) {
  const store = await openStore();
  const id = await fingerprint(bundle.signCert);
  const there = await store.get(id);
  replaced = there !== undefined;
  await store.keep({
    ...there,
    id,
    certificate: bundle.signCert,
    encryptedKey: bundle.signPri,
    kmCertificate: bundle.kmCert,
    encryptedKmKey: bundle.kmPri,
    chain: bundle.ca,
    keptAt: Date.now(),
    cameFrom: there?.cameFrom ?? "bridge",
  });
  await navigator.storage?.persist?.().catch(() => false);
}

/** @param {Extract<import("./scanner.js").ScannerState, {state: "ended"}>} end */
function ended({ reason, code, stored }) {
  countdown.stop();
  scanner = null;
  byId("check-code").replaceChildren();
  if (stored) return finished();
  refuse(said(meaning(reason, code)));
}

/**
 * Return the code whose sentence says most: ours before the reason that both hear.
 * @param {string} reason
 * @param {string | null} code
 */
function meaning(reason, code) {
  if (code !== null && OURS.has(code)) return code;
  return reason === "refused" && code === null ? "refused_elsewhere" : reason;
}

function finished() {
  const result = byId("view-result");
  const picture = make("div");
  draw(picture, CHECK);
  result.classList.remove("stop");
  result.replaceChildren(
    ...picture.childNodes,
    make("h1", { tabindex: "-1" }, _("It is on this phone")),
    make(
      "p",
      {},
      replaced
        ? _("It was here before and is unchanged.")
        : _("Stored, read back and found complete. Nobody on the way could read it."),
    ),
    make(
      "p",
      { class: "soft" },
      _("Open it with the certificate password, the same as on the computer."),
    ),
    make(
      "div",
      { class: "actions" },
      link(_("Look at the certificate"), "primary", "/wallet"),
    ),
  );
  showView("view-result");
}

/** @param {import("../lib/sentences.js").Said} what */
function refuse(what) {
  scanner = null;
  showRefusal(
    byId("view-result"),
    what,
    button(_("Scan again"), "primary", () => {
      sayInForm(refused, null);
      showView("view-scan");
    }),
  );
  showView("view-result");
}
