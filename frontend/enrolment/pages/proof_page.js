/**
 * Proof with the old key: the browser signs, nobody is asked again who they are.
 */
import { openStore } from "../../certificates/store.js";
import { VaultButton } from "../../certificates/views/vault/vault_button.js";
import { findStored, signProof } from "../../certificates/key_proof.js";
import { fromHex } from "../../lib/bytes.js";
import { initPage, byId, onSubmit } from "../../lib/dom/page.js";
import { showUncaughtErrors } from "../../lib/dom/fault_notice.js";
import { runStoppable } from "../../lib/dom/stoppable.js";
import { errorCode } from "../../lib/errors.js";
import { post } from "../../lib/http.js";
import { makeButton, makeLink, showFormError, showError } from "../../lib/dom/outcome_view.js";
import { messageOf } from "../../lib/error_messages.js";
import { passwordErrorOf } from "../../lib/password_messages.js";
import { _ } from "../../lib/i18n.js";

initPage();
showUncaughtErrors();
const form = byId("proof", HTMLFormElement);
const password = byId("key-password", HTMLInputElement);
const submitButton = byId("proof-go", HTMLButtonElement);
const { application = "", fingerprint = "", next = "/" } = form.dataset;
const { challenge = "" } = form.dataset;
const certificates = await openStore()
  .then((store) => store.all())
  .catch(showFailure);
const stored = certificates && findStored(certificates, fingerprint);
if (stored) {
  form.hidden = false;
  const opened = () => form.requestSubmit();
  if (stored.key) showBound();
  else {
    void new VaultButton(password, byId("proof-refused"), opened).offer(stored);
    password.focus();
  }
} else if (certificates) byId("elsewhere").hidden = false;

onSubmit(form, () => stored && prove(stored));

/** No password belongs to a key that cannot be copied: one press signs. */
function showBound() {
  const field = password.closest(".field");
  if (field instanceof HTMLElement) field.hidden = true;
  byId("proof-bound").hidden = false;
  document.getElementById("proof-forgot")?.remove();
}

/** @param {import("../../certificates/store.js").StoredCertificate} certificate */
async function prove(certificate) {
  submitButton.disabled = true;
  showFormError(byId("proof-refused"), null);
  try {
    const proof = {
      purpose: /** @type {const} */ ("renew"),
      origin: location.origin,
      applicationId: application,
      fingerprint,
      challenge: fromHex(challenge),
    };
    const signature = await runStoppable(byId("proof-refused"), (signal) =>
      signProof(certificate, password.value, proof, { signal }),
    );
    await post(`/applications/${application}/proof`, signature);
    location.assign(next);
  } catch (error) {
    submitButton.disabled = false;
    if (["wrong_password", "offline", "work_stopped"].includes(errorCode(error))) askAgain(error);
    else showFailure(error);
  }
}

/** @param {unknown} error */
function askAgain(error) {
  showFormError(byId("proof-refused"), passwordErrorOf(error, password.value));
  password.select();
  password.focus();
}

/** @param {unknown} error */
function showFailure(error) {
  form.hidden = true;
  const place = byId("refused");
  const retry = makeButton(_("Try again"), "primary", () => location.reload());
  showError(place, messageOf(error), retry, makeLink(_("To the first page"), "quiet", "/"));
  place.querySelector("h2")?.focus();
}
