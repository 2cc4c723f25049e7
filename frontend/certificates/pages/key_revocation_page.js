/**
 * Revoking by the key alone: choose it here or in a file, sign, and it is over.
 */
import { fromHex, hex } from "../../lib/bytes.js";
import { initFileField } from "../../lib/dom/forms/file_field.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { CHECK } from "../../lib/dom/icons.js";
import { makeButton, makeLink, showFormError, showOutcome } from "../../lib/dom/outcome_view.js";
import { byId, initPage, make, onSubmit } from "../../lib/dom/page.js";
import { runStoppable } from "../../lib/dom/stoppable.js";
import { messageOf } from "../../lib/error_messages.js";
import { errorCode } from "../../lib/errors.js";
import { post } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { fingerprint, readCertificate } from "../../pki/certificate.js";
import { readPfx } from "../../npki/pfx.js";
import { findStored, matchCertificate, signProof } from "../key_proof.js";
import { tryReadStore } from "../store.js";
import { CertificateChoice } from "../views/certificate_choice.js";
import { followViews, pageStatusWatch } from "../views/page_status.js";
import { pageVisibility } from "../views/page_visibility.js";
import { offerToSavePassword, setAccount } from "../views/password_account.js";
import { VaultButton } from "../views/vault/vault_button.js";
import { RemovalDialog } from "../views/removal_dialog.js";

/** @typedef {import("../store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../key_proof.js").LockedKey} LockedKey */

/** What a file is refused with that is no .p12 file with a key of a certificate. */
const UNREADABLE = new Set([
  ...["bad_der", "unsupported_key", "key_form", "key_unknown", "key_work", "pfx_form"],
  ...["pfx_damaged", "file_too_large"],
]);
/** What a .p12 file is refused with that has no certificate with its key. */
const INCOMPLETE = new Set(["key_missing", "certificate_missing", "key_mismatch"]);

initPage();
showUncaughtErrors();
const form = byId("revoke-form", HTMLFormElement);
const list = byId("held");
const file = byId("file", HTMLInputElement);
const clearFile = initFileField(file);
const password = byId("key-password", HTMLInputElement);
const confirmed = byId("confirmed", HTMLInputElement);
const submitButton = byId("revoke-go", HTMLButtonElement);
const errorLine = byId("revoke-refused");
const stored = await tryReadStore();
const { visible, covered } = pageVisibility().partition(stored?.certificates ?? []);
const watch = pageStatusWatch();
const choices = visible.map((stored) => new CertificateChoice(stored, "held", watch));
list.replaceChildren(...choices.map(({ element }) => element));
for (const choice of choices) choice.update();
followViews(watch, choices);
byId("none-held").hidden =
  stored === null || visible.length > 0 || covered.length > 0;
byId("some-covered").hidden = covered.length === 0;
byId("cannot-look").hidden = stored !== null;

// What is signed is final: the person still presses the button.
const vault = new VaultButton(password, errorLine, () => submitButton.focus());
file.addEventListener("change", () => {
  showPassword();
  void vault.offer(null);
  for (const input of list.querySelectorAll("input")) input.checked = false;
  setAccount(password);
});
list.addEventListener("change", () => {
  clearFile();
  const chosen = findChosen();
  showPassword(chosen);
  void vault.offer(chosen);
  setAccount(password, chosen && readCertificate(chosen.certificate).serial);
});
onSubmit(form, () => {
  const missing = findMissing();
  if (missing) showProblem({ code: "", sentence: missing, next: "" });
  else void revoke();
});

/** A key that cannot be copied has no password. @param {StoredCertificate} [chosen] */
function showPassword(chosen) {
  const field = password.closest(".field");
  if (field instanceof HTMLElement) field.hidden = chosen?.key !== undefined;
  byId("key-bound").hidden = chosen?.key === undefined;
}

async function revoke() {
  submitButton.disabled = true;
  showFormError(errorLine, null);
  try {
    const lockedKey = await runStoppable(errorLine, readChosenKey);
    const { serial } = readCertificate(lockedKey.certificate);
    if (!lockedKey.key) offerToSavePassword(password, serial);
    const response = await post("/revoke/challenge", { serial });
    const { challenge } = /** @type {{challenge: string}} */ (await response.json());
    const proof = {
      purpose: /** @type {const} */ ("revoke"),
      origin: location.origin,
      applicationId: "",
      fingerprint: await fingerprint(lockedKey.certificate),
      challenge: fromHex(challenge),
    };
    const signature = await runStoppable(errorLine, (signal) =>
      signProof(lockedKey, password.value, proof, { signal }),
    );
    const body = { serial, challenge, signature: hex(signature), reason: reason() };
    await post("/revoke/proof", body);
    showRevoked(await fingerprint(lockedKey.certificate));
  } catch (error) {
    showProblem(explainFileError(error));
  } finally {
    submitButton.disabled = false;
  }
}

/** @param {string} id of the certificate that was revoked */
function showRevoked(id) {
  password.value = "";
  byId("revoking").hidden = true;
  const place = byId("revoked");
  const lines = [
    _("It no longer works, on any device. Signatures made before stay valid."),
    _("The next list that others ask for says so."),
  ];
  const title = _("It is revoked for good");
  const outcome = { icon: CHECK, look: "safe", title, lines };
  const home = makeLink(_("To the first page"), "primary", "/");
  showOutcome(place, outcome, ...makeRemovalButton(findStored(visible, id), place), home);
  place.querySelector("h2")?.focus();
}

/**
 * Offer to remove the copy that this browser keeps, if it does.
 * @param {StoredCertificate | undefined} copy
 * @param {HTMLElement} place
 */
function makeRemovalButton(copy, place) {
  if (copy === undefined || stored === null) return [];
  const dialog = new RemovalDialog(stored.store);
  const remove = makeButton(_("Delete from this device"), "plain", () =>
    dialog.ask({ stored: copy, state: "revoked" }, () => {
      const words = _("It was deleted from this browser.");
      place.querySelector(".actions")?.before(make("p", { role: "status" }, words));
      remove.remove();
      place.querySelector("h2")?.focus();
    }),
  );
  return [remove];
}

/** @param {AbortSignal} signal @returns {Promise<LockedKey>} */
async function readChosenKey(signal) {
  const chosen = findChosen();
  if (chosen) return chosen;
  const [picked] = file.files ?? [];
  const bytes = new Uint8Array(await picked.arrayBuffer());
  return matchCertificate(await readPfx(bytes, password.value, { signal }), password.value);
}

const findChosen = () => visible.find(({ id }) => id === formValue("held"));

function findMissing() {
  if (!formValue("held") && !file.files?.length)
    return _("Choose a certificate, or its file.");
  if (!reason()) return _("Choose one of the reasons.");
  if (!password.value && !findChosen()?.key) return _("Type the certificate password.");
  if (!confirmed.checked) return _("Tick the box, if you are sure.");
  return "";
}

/** @param {string} name */
const formValue = (name) => String(new FormData(form).get(name) ?? "");

const reason = () => formValue("reason");

/** @param {unknown} error */
function explainFileError(error) {
  const code = errorCode(error);
  if (!UNREADABLE.has(code) && !INCOMPLETE.has(code)) return messageOf(error);
  const sentence = INCOMPLETE.has(code)
    ? _("There is no certificate together with its key in this file.")
    : _("This file is of a kind that this page cannot read.");
  const next = _("Choose a .p12 file that was saved here, or use the browser.");
  return { code, sentence, next };
}

/** @param {import("../../lib/error_messages.js").ErrorText} errorText */
function showProblem(errorText) {
  showFormError(errorLine, errorText);
  errorLine.scrollIntoView({ block: "nearest" });
}
