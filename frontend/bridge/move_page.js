/**
 * Move a certificate: this device shows a code, and sends or receives.
 */
import { begin, byId, draw, make, onPress, onSubmit, showView } from "../lib/dom.js";
import { once } from "../lib/once.js";
import { button, link } from "../lib/refusal.js";
import { _ } from "../lib/words.js";
import { PairingViews } from "./pairing_views.js";

/** @typedef {import("./pairing_views.js").Memory} Memory */
/** @typedef {import("../certificates/store.js").Holding} Holding */
/** What leads here: nothing yet, or a direction, perhaps with a certificate.
 * @typedef {{dir: "GS" | "SG" | null, anyway: boolean,
 *   certificate?: string, serverId?: string}} Wish
 */

begin();
const pairing = new PairingViews(
  { shown, again, home },
  {
    device: () => import("./browser_device.js"),
    ending: () => import("./ending_views.js"),
    journal: () => import("./journal.js"),
    receiving: once(async () => {
      const { ReceivingViews } = await import("./receiving_views.js");
      return new ReceivingViews();
    }),
    sending: once(async () => {
      const { SendingViews } = await import("./sending_views.js");
      return new SendingViews();
    }),
  },
);
/** What is shown now, for a fresh one. @type {{memory: Memory, what: string} | null} */
let showing = null;
/** @type {import("./holding_views.js").Choices | null} */
let choices = null;
/** What is on the screen once the other device is there. */
const MET = ["joining", "typing", "password", "sending", "result"];

for (const each of document.querySelectorAll("[data-fresh]"))
  onPress(/** @type {HTMLButtonElement} */ (each), () => show(modeNow()));
onPress(byId("no-camera", HTMLButtonElement), () => show("T"));
onPress(byId("with-camera", HTMLButtonElement), () => show("Q"));
onSubmit(byId("which-form", HTMLFormElement), () => chosen());
addEventListener("hashchange", () => {
  pairing.drop();
  void follow(readWish());
});
// Not awaited: what is declared below must be there when it goes on.
void start();

async function start() {
  const wish = readWish();
  const isWanted = (/** @type {Memory} */ memory) =>
    wish.dir === null ||
    (memory.shows &&
      memory.sends === (wish.dir === "GS") &&
      [undefined, memory.serverId].includes(wish.serverId) &&
      [undefined, memory.certificate].includes(wish.certificate));
  if (!(await pairing.goOn(isWanted))) await follow(wish);
}

/** @returns {Wish} */
function readWish() {
  const asked = new URLSearchParams(location.search).get("certificate") ?? undefined;
  const [word, named] = location.hash.slice(1).split("=");
  // By its hash, since what was moved here has no id of the centre.
  const isHash = /^[0-9a-f]{64}$/.test(asked ?? "");
  const [certificate, serverId] = isHash ? [asked, undefined] : [named, asked];
  if (word.endsWith("receive")) return { dir: "SG", anyway: word.startsWith("show-") };
  const sends = word.endsWith("send") || asked !== undefined;
  const anyway = word.startsWith("show-");
  return { dir: sends ? "GS" : null, anyway, certificate, serverId };
}

/** @param {Wish} wish */
async function follow(wish) {
  showing = null;
  choices?.stop();
  if (wish.dir === null) return home();
  if (isHandheld() && !wish.anyway) return scanInstead(wish);
  if (wish.dir === "SG") return receive();
  try {
    const { Choices, holdings } = await import("./holding_views.js");
    const held = await holdings(wish);
    const isChosen = wish.certificate !== undefined || wish.serverId !== undefined;
    const isClear = isChosen || held.length === 1;
    choices ??= new Choices(byId("which"));
    choices.show(held, isClear ? refuseOver : undefined);
    if (isClear) return await send(held[0]);
    showView("view-which");
  } catch (error) {
    await pairing.fail(error);
  }
}

/** What is over is not sent: say so before anybody has joined. */
function refuseOver() {
  const isAlone = MET.every((name) => byId(`view-${name}`).hidden);
  const id = showing?.memory.certificate;
  if (!isAlone || id === undefined || !choices?.isOver(id)) return;
  pairing.drop();
  showing = null;
  showView("view-which");
}

/** Nobody can scan the small screen in their own hand: the other device shows. */
function scanInstead(/** @type {Wish} */ { dir, certificate, serverId }) {
  const id = certificate ?? serverId;
  location.replace(`/p#${dir === "GS" ? "send" : "receive"}${id ? `=${id}` : ""}`);
}

const isHandheld = () =>
  matchMedia("(pointer: coarse) and (max-width: 700px), (hover: none)").matches;

async function chosen() {
  const chosen = choices?.chosen;
  choices?.stop();
  if (chosen !== undefined) await send(chosen);
}

/** @param {Holding} holding */
async function send({ id, serverId, keptAt, certificate }) {
  const { readCertificate } = await import("../pki/certificate.js");
  const { name, issuerName } = readCertificate(certificate);
  const memory = { shows: true, sends: true, certificate: id, serverId, keptAt };
  const what = _("Sending: %(name)s, from %(issuer)s", { name, issuer: issuerName });
  if (choices?.isOver(id)) return showView("view-which"); // the answer came meanwhile
  showing = { memory: { ...memory, what }, what };
  await show("Q");
}

async function receive() {
  const what = _("What you receive is kept in this browser.");
  showing = { memory: { shows: true, sends: false, what }, what };
  await show("Q");
}

/** Open a pairing and show its code. @param {"Q" | "T"} mode */
async function show(mode) {
  if (showing === null) return;
  const { memory } = showing;
  const dir = memory.sends ? "GS" : "SG";
  await pairing.begin(memory, (device) => device.show({ dir, mode }));
}

/** @returns {"Q" | "T"} */
const modeNow = () => (byId("view-number").hidden ? "Q" : "T");

/**
 * @param {{qrText: string | null, number: string | null}} code
 * @param {Memory} memory
 */
async function shown({ qrText, number }, memory) {
  showing = { memory, what: memory.what ?? "" };
  for (const place of document.querySelectorAll("[data-what]"))
    place.textContent = memory.what ?? "";
  const dir = memory.sends ? "GS" : "SG";
  for (const place of document.querySelectorAll("[data-dir]"))
    /** @type {HTMLElement} */ (place).hidden = place.getAttribute("data-dir") !== dir;
  if (number !== null) return showNumber(number);
  const { drawQr } = await import("./qr.js");
  draw(byId("qr"), drawQr(qrText ?? "").svg);
  showView("view-showing");
}

/** @param {string} number */
function showNumber(number) {
  const place = byId("number");
  const groups = number.match(/\d{4}/g) ?? [];
  const spoken = groups.map((each) => [...each].join(" ")).join(", ");
  place.setAttribute("aria-label", spoken);
  place.replaceChildren(...groups.map((each) => make("span", {}, each)));
  showView("view-number");
}

function home() {
  showing = null;
  history.replaceState(null, "", "/move");
  showView("view-choose");
}

/** @param {Memory | null} memory */
function again(memory) {
  if (memory === null) return [link(_("Begin again"), "primary", "/move")];
  if (!memory.shows) return [link(_("Scan again"), "primary", "/p")];
  return [button(_("Show a fresh code"), "primary", () => void show(modeNow()))];
}
