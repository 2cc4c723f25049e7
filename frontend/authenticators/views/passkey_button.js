/**
 * Make or use a passkey: one button, one answer, and where to go on.
 */
import { byId } from "../../lib/dom/page.js";
import { post } from "../../lib/http.js";
import { showFormError } from "../../lib/dom/outcome_view.js";
import { messageOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { registrationToJson, assertionToJson, parseCreationOptions, parseRequestOptions, explainError } from "../webauthn.js";

const DEFAULT_TIMEOUT_MS = 300_000;
const GRACE_MS = 5_000;

/**
 * Wire the button of a page whose words and token are known by now.
 * @param {HTMLElement} place what says where to ask and where to answer
 */
export function initPasskeyButton(place) {
  const button = byId("passkey-go", HTMLButtonElement);
  const able = typeof PublicKeyCredential === "function" && !!navigator.credentials;
  // Beside a form nobody asked for a passkey: without any there is nothing to say.
  if (place.dataset.does === "sign-in") place.hidden = !able;
  else if (!able) showProblem(explainError({ name: "NotSupportedError" }));
  if (!able) return;
  button.disabled = false;
  const isForm = place instanceof HTMLFormElement;
  (isForm ? place : button).addEventListener(isForm ? "submit" : "click", (event) => {
    event.preventDefault();
    void submit(place, button);
  });
}

/** @param {HTMLElement} place @param {HTMLButtonElement} button */
async function submit(place, button) {
  if (button.disabled || !isNamed()) return;
  const { does, options = "", answer = "" } = place.dataset;
  button.disabled = true;
  showFormError(byId("passkey-refused"), null);
  try {
    const request = await (await post(options, extraFields())).json();
    const credential = does === "enrol" ? await createPasskey(request) : await usePasskey(request);
    const body = { id: request.id, answer: credential, ...extraFields() };
    const { next } = await (await post(answer, body)).json();
    location.assign(next);
  } catch (error) {
    showProblem(explainError(error) ?? messageOf(error));
    button.disabled = false;
  }
}

/** @param {{options: import("../webauthn.js").CreationOptionsJson}} asked */
async function createPasskey({ options }) {
  const publicKey = parseCreationOptions(options);
  const signal = timeoutSignal(publicKey.timeout);
  const credential = await navigator.credentials.create({ publicKey, signal });
  return registrationToJson(/** @type {PublicKeyCredential} */ (credential));
}

/** @param {{options: import("../webauthn.js").RequestOptionsJson}} asked */
async function usePasskey({ options }) {
  const publicKey = parseRequestOptions(options);
  const signal = timeoutSignal(publicKey.timeout);
  const credential = await navigator.credentials.get({ publicKey, signal });
  return assertionToJson(/** @type {PublicKeyCredential} */ (credential));
}

/**
 * End the browser's question where nobody answers and the browser does not end it.
 * @param {number} [milliseconds] what the browser was told
 */
const timeoutSignal = (milliseconds = DEFAULT_TIMEOUT_MS) =>
  AbortSignal.timeout(milliseconds + GRACE_MS);

/** What the page says beside the passkey: its name, or where to go on. */
function extraFields() {
  const name = nameField();
  const next = byId("passkey").dataset.next;
  return { ...(name ? { name: name.value } : {}), ...(next ? { next } : {}) };
}

function isNamed() {
  const name = nameField();
  const missing = name !== null && name.value.trim() === "";
  name?.setAttribute("aria-invalid", String(missing));
  if (!missing) return true;
  showProblem({ code: "passkey_nameless", sentence: _("The passkey needs a name."), next: "" });
  name.focus();
  return false;
}

/** @returns {HTMLInputElement | null} */
const nameField = () =>
  /** @type {HTMLInputElement | null} */ (document.getElementById("passkey-name"));

/** @param {import("../../lib/error_messages.js").ErrorText | null} error */
function showProblem(error) {
  showFormError(byId("passkey-refused"), error);
}
