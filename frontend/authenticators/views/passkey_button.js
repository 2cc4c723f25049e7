/**
 * Make or use a passkey: one button, one answer, and where to go on.
 */
import { byId } from "../../lib/dom/page.js";
import { post } from "../../lib/http.js";
import { sayInForm } from "../../lib/dom/outcome_view.js";
import { saidOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { madeAsJson, signedAsJson, toMake, toSign, whyNone } from "../webauthn.js";

const ANSWER_MS = 300_000;
const GRACE_MS = 5_000;

/**
 * Wire the button of a page whose words and token are known by now.
 * @param {HTMLElement} place what says where to ask and where to answer
 */
export function start(place) {
  const go = byId("passkey-go", HTMLButtonElement);
  const able = typeof PublicKeyCredential === "function" && !!navigator.credentials;
  // Beside a form nobody asked for a passkey: without any there is nothing to say.
  if (place.dataset.does === "sign-in") place.hidden = !able;
  else if (!able) refuse(whyNone({ name: "NotSupportedError" }));
  if (!able) return;
  go.disabled = false;
  const isForm = place instanceof HTMLFormElement;
  (isForm ? place : go).addEventListener(isForm ? "submit" : "click", (event) => {
    event.preventDefault();
    void run(place, go);
  });
}

/**
 * @param {HTMLElement} place
 * @param {HTMLButtonElement} go
 */
async function run(place, go) {
  if (go.disabled || !isNamed()) return;
  const { does, options = "", answer = "" } = place.dataset;
  go.disabled = true;
  sayInForm(byId("passkey-refused"), null);
  try {
    const asked = await (await post(options, extra())).json();
    const credential = does === "enrol" ? await made(asked) : await signed(asked);
    const body = { id: asked.id, answer: credential, ...extra() };
    const { next } = await (await post(answer, body)).json();
    location.assign(next);
  } catch (error) {
    refuse(whyNone(error) ?? saidOf(error));
    go.disabled = false;
  }
}

/** @param {{options: import("../webauthn.js").ToMake}} asked */
async function made({ options }) {
  const publicKey = toMake(options);
  const signal = patience(publicKey.timeout);
  const found = await navigator.credentials.create({ publicKey, signal });
  return madeAsJson(/** @type {PublicKeyCredential} */ (found));
}

/** @param {{options: import("../webauthn.js").ToSign}} asked */
async function signed({ options }) {
  const publicKey = toSign(options);
  const signal = patience(publicKey.timeout);
  const found = await navigator.credentials.get({ publicKey, signal });
  return signedAsJson(/** @type {PublicKeyCredential} */ (found));
}

/**
 * End the browser's question where nobody answers and the browser does not end it.
 * @param {number} [milliseconds] what the browser was told
 */
const patience = (milliseconds = ANSWER_MS) =>
  AbortSignal.timeout(milliseconds + GRACE_MS);

/** What the page says beside the passkey: its name, or where to go on. */
function extra() {
  const name = nameField();
  const next = byId("passkey").dataset.next;
  return { ...(name ? { name: name.value } : {}), ...(next ? { next } : {}) };
}

function isNamed() {
  const name = nameField();
  const missing = name !== null && name.value.trim() === "";
  name?.setAttribute("aria-invalid", String(missing));
  if (!missing) return true;
  refuse({ code: "passkey_nameless", sentence: _("The passkey needs a name."), next: "" });
  name.focus();
  return false;
}

/** @returns {HTMLInputElement | null} */
const nameField = () =>
  /** @type {HTMLInputElement | null} */ (document.getElementById("passkey-name"));

/** @param {import("../../lib/error_messages.js").Said | null} what */
function refuse(what) {
  sayInForm(byId("passkey-refused"), what);
}
