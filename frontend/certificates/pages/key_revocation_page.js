/**
 * Revoking by the key alone: choose it here or in a file, sign, and it is over.
 */
import { Choice } from "../views/certificate_choice.js";
import { coveringHere } from "../visibility.js";
import { nameAccount, offerToKeep } from "../views/password_account.js";
import { heldOf, ownOf, signProof } from "../key_proof.js";
import { RemovalDialog } from "../views/removal_dialog.js";
import { watchHere } from "../status_watch.js";
import { lookHere } from "../store.js";
import { showClock } from "../views/validity_text.js";
import { hex, unhex } from "../../lib/bytes.js";
import { begin, byId, make, onSubmit } from "../../lib/dom/page.js";
import { sayFaults } from "../../lib/dom/fault_notice.js";
import { post } from "../../lib/http.js";
import { CHECK } from "../../lib/dom/icons.js";
import { button, link, sayInForm, showOutcome } from "../../lib/dom/outcome_view.js";
import { saidOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { fingerprint, readCertificate } from "../../pki/certificate.js";
import { readPfx } from "../../pki/key_files/pkcs12_reader.js";

/** @typedef {import("../store.js").Holding} Holding */
/** @typedef {import("../key_proof.js").Locked} Locked */

begin();
sayFaults();
const form = byId("revoke-form", HTMLFormElement);
const list = byId("held");
const file = byId("file", HTMLInputElement);
const password = byId("key-password", HTMLInputElement);
const confirmed = byId("confirmed", HTMLInputElement);
const go = byId("revoke-go", HTMLButtonElement);
const refused = byId("revoke-refused");
const here = await lookHere();
const store = here?.store ?? null;
const { shown: holdings, covered } = coveringHere().split(here?.held ?? []);
const choices = holdings.map((holding) => new Choice(holding, "held"));
const watch = watchHere();
list.replaceChildren(...choices.map(({ element }) => element));
showStates();
void watch.follow(
  choices.map(({ id }) => id),
  showStates,
);
byId("none-held").hidden =
  here === null || holdings.length > 0 || covered.length > 0;
byId("some-covered").hidden = covered.length === 0;
byId("cannot-look").hidden = here !== null;

file.addEventListener("change", () => {
  for (const each of list.querySelectorAll("input")) each.checked = false;
  nameAccount(password);
});
list.addEventListener("change", () => {
  file.value = "";
  const holding = chosenHolding();
  nameAccount(password, holding && readCertificate(holding.certificate).serial);
});
onSubmit(form, () => {
  const missing = whatIsMissing();
  if (missing) say({ code: "", sentence: missing, next: "" });
  else void revoke();
});

async function revoke() {
  go.disabled = true;
  sayInForm(refused, null);
  try {
    const locked = await chosen();
    const { serial } = readCertificate(locked.certificate);
    offerToKeep(password, serial);
    const answer = await post("/revoke/challenge", { serial });
    const { challenge } = /** @type {{challenge: string}} */ (await answer.json());
    const signature = await signProof(locked, password.value, {
      purpose: "revoke",
      origin: location.origin,
      applicationId: "",
      fingerprint: await fingerprint(locked.certificate),
      challenge: unhex(challenge),
    });
    const body = { serial, challenge, signature: hex(signature), reason: reason() };
    await post("/revoke/proof", body);
    done(await fingerprint(locked.certificate));
  } catch (error) {
    say(meaningOf(error));
  } finally {
    go.disabled = false;
  }
}

/** What each of them is now; only what is not over can be chosen. */
function showStates() {
  for (const each of choices) each.update(watch);
  showClock(watch);
}

/** @param {string} id of the certificate that was revoked */
function done(id) {
  password.value = "";
  byId("revoking").hidden = true;
  const place = byId("revoked");
  const lines = [
    _("It no longer works, on any device. Signatures made before stay valid."),
    _("The next list that others ask for says so."),
  ];
  const title = _("It is revoked for good");
  const outcome = { icon: CHECK, look: "safe", title, lines };
  const home = link(_("To the first page"), "primary", "/");
  showOutcome(place, outcome, ...removalOf(heldOf(holdings, id), place), home);
  place.querySelector("h2")?.focus();
}

/**
 * Offer to remove the copy that this browser keeps, if it does.
 * @param {Holding | undefined} holding
 * @param {HTMLElement} place
 */
function removalOf(holding, place) {
  if (holding === undefined || store === null) return [];
  const dialog = new RemovalDialog(store);
  const remove = button(_("Delete from this device"), "plain", () =>
    dialog.ask({ holding, state: "revoked" }, () => {
      const words = _("It was deleted from this browser.");
      place.querySelector(".actions")?.before(make("p", { role: "status" }, words));
      remove.remove();
      place.querySelector("h2")?.focus();
    }),
  );
  return [remove];
}

/** @returns {Promise<Locked>} */
async function chosen() {
  const holding = chosenHolding();
  if (holding) return holding;
  const [picked] = file.files ?? [];
  const bytes = new Uint8Array(await picked.arrayBuffer());
  const read = await readPfx(bytes, password.value);
  return ownOf(read, password.value);
}

const chosenHolding = () => holdings.find(({ id }) => id === inForm("held"));

function whatIsMissing() {
  if (!inForm("held") && !file.files?.length)
    return _("Choose a certificate, or its file.");
  if (!reason()) return _("Choose one of the reasons.");
  if (!password.value) return _("Type the certificate password.");
  if (!confirmed.checked) return _("Tick the box, if you are sure.");
  return "";
}

/** @param {string} name */
const inForm = (name) => String(new FormData(form).get(name) ?? "");

const reason = () => inForm("reason");

/** @param {unknown} error */
function meaningOf(error) {
  const { code = "" } = /** @type {{code?: string}} */ (error);
  if (code !== "bad_der" && code !== "unsupported_key") return saidOf(error);
  const sentence = _("This file is of a kind that this page cannot read.");
  const next = _("Choose a .p12 file that was saved here, or use the browser.");
  return { code, sentence, next };
}

/** @param {import("../../lib/error_messages.js").Said} what */
function say(what) {
  sayInForm(refused, what);
  refused.scrollIntoView({ block: "nearest" });
}
