/**
 * Proof with the old key: the browser signs, nobody is asked again who they are.
 */
import { openStore } from "../../certificates/store.js";
import { heldOf, signProof } from "../../certificates/key_proof.js";
import { unhex } from "../../lib/bytes.js";
import { begin, byId, onSubmit } from "../../lib/dom/page.js";
import { sayFaults } from "../../lib/dom/fault_notice.js";
import { post } from "../../lib/http.js";
import { button, link, sayInForm, showRefusal } from "../../lib/dom/outcome_view.js";
import { saidOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";

begin();
sayFaults();
const form = byId("proof", HTMLFormElement);
const password = byId("key-password", HTMLInputElement);
const go = byId("proof-go", HTMLButtonElement);
const { application = "", fingerprint = "", next = "/" } = form.dataset;
const { challenge = "" } = form.dataset;
const here = await openStore()
  .then((store) => store.all())
  .catch(refuse);
const held = here && heldOf(here, fingerprint);
if (held) {
  form.hidden = false;
  password.focus();
} else if (here) byId("elsewhere").hidden = false;

onSubmit(form, () => held && prove(held));

/** @param {import("../../certificates/store.js").Holding} holding */
async function prove(holding) {
  go.disabled = true;
  sayInForm(byId("proof-refused"), null);
  try {
    const signature = await signProof(holding, password.value, {
      purpose: "renew",
      origin: location.origin,
      applicationId: application,
      fingerprint,
      challenge: unhex(challenge),
    });
    await post(`/applications/${application}/proof`, signature);
    location.assign(next);
  } catch (error) {
    go.disabled = false;
    const { code } = /** @type {{code?: string}} */ (error);
    if (code === "wrong_password" || code === "offline") again(error);
    else refuse(error);
  }
}

/** @param {unknown} error */
function again(error) {
  sayInForm(byId("proof-refused"), saidOf(error));
  password.select();
  password.focus();
}

/** @param {unknown} error */
function refuse(error) {
  form.hidden = true;
  const place = byId("refused");
  const retry = button(_("Try again"), "primary", () => location.reload());
  showRefusal(place, saidOf(error), retry, link(_("To the first page"), "quiet", "/"));
  place.querySelector("h2")?.focus();
}
