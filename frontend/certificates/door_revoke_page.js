/**
 * Revoking by the key alone: choose it here or in a file, sign, and it is over.
 */
import { openStore } from "./store.js";
import { nameAccount, offerToKeep } from "./password_account.js";
import { ownOf, signProof } from "./proof.js";
import { hex, unhex } from "../lib/bytes.js";
import { day } from "../lib/days.js";
import { begin, byId, make, onSubmit } from "../lib/dom.js";
import { post } from "../lib/http.js";
import { CHECK } from "../lib/icons.js";
import { link, sayInForm, showOutcome } from "../lib/refusal.js";
import { saidOf } from "../lib/sentences.js";
import { _ } from "../lib/words.js";
import { fingerprint, readCertificate } from "../pki/certificate.js";
import { readPfx } from "../pki/pfx_reader.js";

/** @typedef {import("./store.js").Holding} Holding */
/** @typedef {import("./proof.js").Locked} Locked */

begin();
const form = byId("revoke-form", HTMLFormElement);
const list = byId("held");
const file = byId("file", HTMLInputElement);
const password = byId("key-password", HTMLInputElement);
const confirmed = byId("confirmed", HTMLInputElement);
const go = byId("revoke-go", HTMLButtonElement);
const refused = byId("revoke-refused");
const store = await openStore().catch(() => null);
/** @type {Holding[]} */
const holdings = (await store?.all().catch(() => [])) ?? [];
list.replaceChildren(...holdings.map(choiceOf));
byId("none-held").hidden = holdings.length > 0;

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
    done();
  } catch (error) {
    say(meaningOf(error));
  } finally {
    go.disabled = false;
  }
}

function done() {
  password.value = "";
  byId("revoking").hidden = true;
  const place = byId("revoked");
  const lines = [
    _("It no longer works, on any device. Signatures made before stay valid."),
    _("The next list that others ask for says so."),
  ];
  const title = _("It is revoked for good");
  const outcome = { icon: CHECK, look: "safe", title, lines };
  showOutcome(place, outcome, link(_("To the first page"), "primary", "/"));
  place.querySelector("h2")?.focus();
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

/** @param {import("../lib/sentences.js").Said} what */
function say(what) {
  sayInForm(refused, what);
  refused.scrollIntoView({ block: "nearest" });
}

/** @param {Holding} holding */
function choiceOf(holding) {
  const { name, issuerName, notAfter } = readCertificate(holding.certificate);
  const language = document.documentElement.lang;
  const until = _("Until %(day)s 23:59", { day: day(notAfter, language) });
  const input = make("input", { type: "radio", name: "held", value: holding.id });
  const words = make(
    "span",
    {},
    make("b", {}, name),
    make("small", {}, `${issuerName} · ${until}`),
  );
  return make("label", { class: "choice" }, input, words);
}
