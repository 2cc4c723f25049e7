/**
 * The page of a paired device: what waits for its holder, without a sign-in; or how it
 * is paired.
 */
import { fingerprint, readCertificate } from "../../pki/certificate.js";
import { sign } from "../../pki/key_pair.js";
import { proofMessage } from "../../certificates/key_proof.js";
import { fromHex, hex, copy } from "../../lib/bytes.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { runWithButton, showFormError } from "../../lib/dom/outcome_view.js";
import { byId, initPage, make, onClick, onSubmit, showView } from "../../lib/dom/page.js";
import { messageOf } from "../../lib/error_messages.js";
import { errorCode } from "../../lib/errors.js";
import { post } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { SignerChoice } from "../../relying/views/signer_choice.js";
import { explainSigning } from "../../relying/views/signing_errors.js";
import { DeviceClient } from "../device_client.js";
import "../device_messages.js";
import { allowPush, pushState, renewPush, stopPush } from "../push_subscription.js";
import { forgetDevice, keepDevice, prepareDevice, readDevice } from "../device_store.js";

/** @typedef {import("../device_store.js").PairedRecord} PairedRecord */

const INTERVAL_MS = 5000;

initPage();
showUncaughtErrors();
const trouble = byId("device-trouble");
const record = await readDevice();
if (record === null) await offerPairing();
else showPaired(record);

/** @param {PairedRecord} paired */
function showPaired(paired) {
  const client = new DeviceClient(paired);
  byId("device-name").textContent = paired.name;
  byId("device-account").textContent = paired.account;
  showView("view-paired");
  void follow(client, "");
  void offerPush(client);
  const dialog = byId("leave", HTMLDialogElement);
  onClick(byId("leave-open", HTMLButtonElement), () => dialog.showModal());
  onClick(byId("leave-go", HTMLButtonElement), () => void leave(client));
}

/**
 * Ask what waits, and again as long as somebody looks.
 * @param {DeviceClient} client
 * @param {string} shown what is on the page
 */
async function follow(client, shown) {
  let listed = shown;
  try {
    if (!document.hidden) listed = showRequests(await client.list(), shown);
    showFormError(trouble, null);
  } catch (error) {
    if (errorCode(error) === "device_unknown") return endPairing();
    showFormError(trouble, messageOf(error));
  }
  setTimeout(() => void follow(client, listed), INTERVAL_MS);
}

/**
 * @param {import("../device_client.js").DeviceNews} news
 * @param {string} shown
 */
function showRequests({ requests, count, name, account }, shown) {
  const listed = JSON.stringify(requests);
  if (listed === shown) return shown;
  byId("device-name").textContent = name;
  byId("device-account").textContent = account;
  byId("none-waits").hidden = requests.length > 0;
  byId("requests").replaceChildren(...requests.map(showRequest));
  byId("count").textContent = countOf(count);
  return listed;
}

/** @param {number} count */
function countOf(count) {
  if (count === 0) return "";
  return count === 1
    ? _("1 request waits for you")
    : _("%(number)s requests wait for you", { number: String(count) });
}

/** @param {import("../device_client.js").WaitingRequest} request */
function showRequest({ asker, origin, phrase, until, address }) {
  const name = make("span", { class: "asker-name", translate: "no" }, asker);
  return make(
    "article",
    { class: "sheet stack asked-of-me" },
    make("p", {}, name, " ", make("span", { class: "asker-asks" }, phrase)),
    make("p", { class: "asker-origin", translate: "no" }, origin),
    make("p", { class: "soft small" }, _("Until %(moment)s", { moment: until })),
    make("div", { class: "actions" }, make("a", { class: "button primary", href: address }, _("Look at it"))),
  );
}

/** Offer notices by push: they are asked for by a press only. @param {DeviceClient} client */
async function offerPush(client) {
  const place = byId("push");
  const { keyId = "", key = "", worker = "", scope = "" } = place.dataset;
  const centre = { keyId, key, worker, scope };
  const refused = byId("push-refused");
  const show = async () => {
    const state = await pushState(centre);
    /** @type {NodeListOf<HTMLElement>} */
    const lines = place.querySelectorAll("[data-push]");
    for (const line of lines) line.hidden = line.dataset.push !== state;
  };
  for (const [id, change] of /** @type {const} */ ([["push-on", allowPush], ["push-off", stopPush]])) {
    const button = byId(id, HTMLButtonElement);
    onClick(button, async () => {
      await runWithButton(button, refused, async () => void (await change(client, centre)), explainPush);
      await show();
    });
  }
  await show();
  await renewPush(client, centre).catch(() => {}); // tried again at the next visit
}

/** @param {unknown} error */
const explainPush = (error) =>
  messageOf(errorCode(error) ? error : { code: "push_not_made" });

/** @param {DeviceClient} client */
async function leave(client) {
  const button = byId("leave-go", HTMLButtonElement);
  const refused = byId("leave-refused");
  const isLeft = await runWithButton(button, refused, async () => {
    try {
      await client.leave();
    } catch (error) {
      if (errorCode(error) !== "device_unknown") throw error;
    }
    await forgetDevice();
  });
  if (isLeft) location.reload();
}

/** The centre knows it no longer: it was removed elsewhere. */
async function endPairing() {
  await forgetDevice();
  byId("was-removed").hidden = false;
  await offerPairing();
}

async function offerPairing() {
  const refused = byId("sign-refused");
  const signer = new SignerChoice(refused, () => byId("pair-go").focus());
  await signer.show("");
  showView("view-unpaired");
  onSubmit(byId("sign-form", HTMLFormElement), () => {
    const missing = signer.findMissing();
    if (missing) showFormError(refused, { code: "", sentence: missing, next: "" });
    else void pair(signer, refused);
  });
}

/** @param {SignerChoice} signer @param {HTMLElement} refused */
async function pair(signer, refused) {
  const button = byId("pair-go", HTMLButtonElement);
  const isPaired = await runWithButton(button, refused, () => pairBy(signer), explainSigning);
  signer.clear();
  if (isPaired) location.reload();
}

/** Pair by the key of a certificate that is here. @param {SignerChoice} signer */
async function pairBy(signer) {
  const { certificate, key } = await signer.open();
  const pending = await prepareDevice();
  await keepDevice(pending); // before anything depends on it
  const { serial } = readCertificate(certificate);
  const response = await post("/device/certificate-challenge", { serial });
  const { challenge } = /** @type {{challenge: string}} */ (await response.json());
  const digest = await crypto.subtle.digest("SHA-256", copy(pending.publicKey));
  const message = proofMessage({
    ...{ purpose: "pair", origin: location.origin, applicationId: hex(new Uint8Array(digest)) },
    fingerprint: await fingerprint(certificate),
    challenge: fromHex(challenge),
  });
  const body = {
    ...{ serial, challenge, signature: hex((await sign(key, message)).value) },
    key: hex(pending.publicKey),
    name: byId("name", HTMLInputElement).value,
  };
  const { device, name, account } = await (await post("/device/by-certificate", body)).json();
  await keepDevice({ ...pending, id: device, name, account });
}
