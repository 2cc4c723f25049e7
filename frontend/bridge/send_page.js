/**
 * Send to my phone: the code, the six digits, the password, the receipt.
 */
import { openStore } from "../certificates/store.js";
import { begin, byId, draw, make, showView } from "../lib/dom.js";
import { CHECK, CLOCK } from "../lib/icons.js";
import { Progress } from "../lib/progress.js";
import { button, link, sayInForm, showRefusal } from "../lib/refusal.js";
import { said, saidOf } from "../lib/sentences.js";
import { _ } from "../lib/words.js";
import { readCertificate } from "../pki/certificate.js";
import { belongTogether } from "../pki/key_pair.js";
import { decryptKey } from "../pki/private_key.js";
import { randomBytes } from "../pki/random.js";
import { offerFor, pack } from "./bundle.js";
import { CodeBoxes } from "./code_boxes.js";
import { Countdown } from "./countdown.js";
import { makeRelay } from "./line.js";
import { drawQr } from "./qr.js";
import { Shower } from "./shower.js";

/** @typedef {import("../certificates/store.js").Holding} Holding */
/** @typedef {import("./shower.js").ShowerState} ShowerState */

begin();
const serverId = byId("send").dataset.certificate ?? "";
const result = byId("view-result");
const countdown = new Countdown(byId("countdown"));
const typing = new Countdown(byId("countdown-typing"));
const boxes = new CodeBoxes(byId("code"), (code) => shower?.typeCode(code));
const progress = new Progress(byId("progress"), [
  ["offered", _("Show on the phone what is coming")],
  ["accepted", _('Press "Receive" on the phone')],
  ["sent", _("Send it and store it on the phone")],
  ["stored", _("Read it back on the phone")],
]);
/** @type {Shower | null} */
let shower = null;
/** @type {Holding | null} */
let holding = null;
let moving = false;
let tries = 3;

byId("fresh").addEventListener("click", () => void showCode());
byId("cancel").addEventListener("click", () => shower?.cancel());
byId("cancel-typing").addEventListener("click", () => shower?.cancel());
byId("password-form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  void send();
});
addEventListener("beforeunload", (event) => {
  if (!byId("view-sending").hidden) event.preventDefault();
});
// Not awaited: what is declared below must be there when it goes on.
void start();

async function start() {
  try {
    const store = await openStore();
    holding = (await store.all()).find((each) => each.serverId === serverId) ?? null;
    if (holding === null)
      refuse(said("not_here"), link(_("To my certificates"), "primary", "/"));
    else await showCode();
  } catch (error) {
    refuse(saidOf(error), again(_("Try again")));
  }
}

/** Open a pairing and show its code; an earlier one of this page ends. */
async function showCode() {
  const earlier = shower;
  shower = null;
  earlier?.cancel();
  tries = 3;
  /** @type {Shower} */
  const mine = new Shower({
    relay: makeRelay({ document, window }),
    origin: location.origin,
    random: randomBytes,
    tell: (state) => {
      if (shower === mine) hear(state);
    },
  });
  shower = mine;
  try {
    await mine.start();
  } catch (error) {
    if (shower === mine) refuse(saidOf(error), again(_("Try again")));
  }
}

/** @param {ShowerState} state */
function hear(state) {
  if (state.state === "shown") shown(state.qrText, state.expiresIn);
  else if (state.state === "joined") joined(state.peer, state.expiresIn);
  else if (state.state === "typing") askForCode(state.triesLeft);
  else if (state.state === "matched") askForPassword();
  else if (state.state === "ended") void ended(state);
  else if (state.state !== "cut" && state.state !== "resumed")
    progress.reach(state.state);
}

/**
 * @param {string} text
 * @param {number} seconds
 */
function shown(text, seconds) {
  draw(byId("qr"), drawQr(text).svg);
  countdown.start(seconds);
  showView("view-showing");
}

/**
 * @param {import("./relay.js").Peer} peer
 * @param {number} seconds
 */
function joined(peer, seconds) {
  countdown.stop();
  byId("countdown-typing").hidden = false;
  typing.start(seconds);
  const names = {
    phone: _("Phone"),
    tablet: _("Tablet"),
    computer: _("Other computer"),
  };
  for (const place of document.querySelectorAll(".device-name")) {
    place.textContent = names[peer.device];
  }
  byId("network").textContent = peer.same_network
    ? _("It is on the same network as this computer.")
    : _(
        "It is not on the same network as this computer. If it is not yours, do not send.",
      );
  byId("qr").replaceChildren();
}

/** @param {number} left */
function askForCode(left) {
  showView("view-typing");
  const wrong = left < tries;
  tries = left;
  if (wrong) {
    byId("code-note").textContent = _(
      "These were not the digits on the phone. Tries left: %(left)s",
      { left },
    );
  }
  boxes.clear(wrong);
}

function askForPassword() {
  showView("view-password");
  byId("send-password").focus();
}

async function send() {
  if (holding === null || shower === null) return;
  const go = byId("send-go", HTMLButtonElement);
  const password = byId("send-password", HTMLInputElement);
  go.disabled = true;
  try {
    await checkKey(holding, password.value);
    moving =
      new FormData(byId("password-form", HTMLFormElement)).get("keep") === "move";
    const bundle = await bundleOf(holding);
    password.value = "";
    sayInForm(byId("send-refused"), null);
    showView("view-sending");
    await shower.sendBundle(bundle);
  } catch (error) {
    sayInForm(byId("send-refused"), saidOf(error));
    password.select();
  } finally {
    go.disabled = false;
  }
}

/**
 * Refuse a wrong password, and a key that is not this certificate's.
 * @param {Holding} held
 * @param {string} password
 */
async function checkKey({ certificate, encryptedKey }, password) {
  const key = await decryptKey(encryptedKey, password);
  const fits = await belongTogether(key, readCertificate(certificate).spki);
  if (!fits) throw Object.assign(new Error(), { code: "damaged_key" });
}

/** @param {Holding} held */
async function bundleOf(held) {
  const { certificate, encryptedKey, kmCertificate, encryptedKmKey, chain } = held;
  const copies = chain.map((each) => Uint8Array.from(each));
  const payload = pack({
    signCert: Uint8Array.from(certificate),
    signPri: Uint8Array.from(encryptedKey),
    kmCert: kmCertificate && Uint8Array.from(kmCertificate),
    kmPri: encryptedKmKey && Uint8Array.from(encryptedKmKey),
    ca: copies,
  });
  return {
    payload,
    offer: await offerFor(payload, readCertificate(certificate), { move: moving }),
  };
}

/** @param {import("./shower.js").ShowerEnded} end */
async function ended({ reason, code, sent, stored }) {
  countdown.stop();
  typing.stop();
  if (stored) return finished();
  if (reason === "expired" && !byId("view-showing").hidden) return timeOver();
  const what = sent ? said("unsure") : said(code && code in CODES ? code : reason);
  refuse(
    what,
    again(_("Show a fresh code")),
    link(_("To my certificates"), "plain", "/"),
  );
}

/** Codes that say more than the reason they come with. */
const CODES = { wrong_code: true, offline: true };

async function finished() {
  progress.reach("");
  if (moving && holding !== null) await forget(holding);
  const when = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(new Date());
  receipt(
    CHECK,
    _("It is on your phone"),
    moving
      ? _("The phone stored it and read it back, and it was deleted here. %(when)s", {
          when,
        })
      : _("The phone stored it and read it back. It is still here too. %(when)s", {
          when,
        }),
    _(
      "It travelled locked from this page to your phone. Nobody on the way could read it.",
    ),
  );
}

/**
 * Delete what was moved away; not when both pages run in one browser, where what the
 * other page just stored is the only copy.
 * @param {Holding} moved
 */
async function forget({ id, keptAt }) {
  const store = await openStore();
  const there = await store.get(id);
  if (there?.keptAt === keptAt) await store.remove(id);
}

function timeOver() {
  receipt(
    CLOCK,
    _("The code has run out"),
    _("Codes live for two minutes only. Take your time and show a fresh one."),
  );
  result.querySelector(".actions")?.replaceChildren(again(_("Show a fresh code")));
}

/**
 * @param {string} icon
 * @param {string} title
 * @param {...string} lines
 */
function receipt(icon, title, ...lines) {
  const picture = make("div");
  draw(picture, icon);
  result.classList.remove("stop");
  result.replaceChildren(
    ...picture.childNodes,
    make("h2", { tabindex: "-1" }, title),
    ...lines.map((line) => make("p", {}, line)),
    make("div", { class: "actions" }, link(_("To my certificates"), "primary", "/")),
  );
  showView("view-result");
}

/**
 * @param {import("../lib/sentences.js").Said} what
 * @param {...HTMLElement} actions
 */
function refuse(what, ...actions) {
  showRefusal(result, what, ...actions);
  showView("view-result");
}

/** @param {string} label */
const again = (label) => button(label, "primary", () => void showCode());
