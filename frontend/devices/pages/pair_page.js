/**
 * The page on the device that scanned a code: it comes with its key, both screens show
 * the same number, and the page that shows the code agrees or does not.
 */
import { hex } from "../../lib/bytes.js";
import { Countdown } from "../../lib/dom/countdown.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { CHECK } from "../../lib/dom/icons.js";
import { makeLink, runWithButton, showError, showOutcome } from "../../lib/dom/outcome_view.js";
import { byId, initPage, onSubmit, showView } from "../../lib/dom/page.js";
import { messageForCode, messageOf } from "../../lib/error_messages.js";
import { post } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { openStorage } from "../../lib/storage.js";
import { dropToken, takeToken } from "../../lib/scanned_token.js";
import "../device_messages.js";
import { keepDevice, prepareDevice, readDevice } from "../device_store.js";

const INTERVAL_MS = 1500;
const NAME = "certferry-pairing";

initPage();
showUncaughtErrors();
const storage = openStorage("sessionStorage");
const token = takeToken(globalThis, storage, NAME);
const refused = byId("pair-refused");
const countdown = new Countdown(byId("time-left"));
addEventListener("hashchange", () => location.reload());
if (token === "") end(messageForCode("pair_empty"));
else if ((await readDevice()) !== null) end(messageForCode("device_paired_here"));
else await begin();

async function begin() {
  try {
    const response = await post("/pair/open", { token });
    const { account, state, secondsLeft } = await response.json();
    if (state !== "open" && state !== "claimed") return end(messageForCode(`pair_is_${state}`));
    byId("account").textContent = account;
    countdown.start(secondsLeft);
    showView("view-name");
    onSubmit(byId("pair-form", HTMLFormElement), () => void claim(account));
  } catch (error) {
    end(messageOf(error));
  }
}

/** @param {string} account */
async function claim(account) {
  const button = byId("pair-go", HTMLButtonElement);
  await runWithButton(button, refused, async () => {
    const record = await prepareDevice();
    await keepDevice(record); // before anything depends on it
    const body = { token, key: hex(record.publicKey), name: byId("name", HTMLInputElement).value };
    const { device, name, number } = await (await post("/pair/claim", body)).json();
    byId("number").textContent = number;
    showView("view-number");
    wait({ ...record, id: device, name, account });
  });
}

/** @param {import("../device_store.js").DeviceRecord} record */
function wait(record) {
  setTimeout(async () => {
    const response = await post("/pair/state", { token }).catch(() => null);
    const state = (await response?.json().catch(() => null))?.state;
    byId("offline").hidden = response !== null;
    if (state === undefined || state === "claimed") return wait(record);
    if (state !== "paired") return end(messageForCode(`pair_is_${state}`));
    await keepDevice(record);
    showPaired(record);
  }, INTERVAL_MS);
}

/** @param {import("../device_store.js").DeviceRecord} record */
function showPaired({ account }) {
  countdown.stop();
  dropToken(storage, NAME);
  const lines = [
    _("Requests for %(account)s show here from now on.", { account }),
    _("They are still approved with the certificate and its password alone."),
  ];
  const outcome = { icon: CHECK, look: "safe", title: _("This device is paired"), lines };
  showOutcome(byId("ended"), outcome, makeLink(_("To my requests"), "primary", "/device"));
  showView("view-ended");
}

/** @param {import("../../lib/error_messages.js").ErrorText} errorText */
function end(errorText) {
  countdown.stop();
  dropToken(storage, NAME);
  showError(byId("ended"), errorText, makeLink(_("To this device"), "plain", "/device"));
  showView("view-ended");
}
