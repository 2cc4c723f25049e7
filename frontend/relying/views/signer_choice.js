/**
 * Which certificate signs: one that this browser keeps, or one from a file; and its
 * password, or what this device opens it by instead.
 */
import { matchCertificate, openSigningKey } from "../../certificates/key_proof.js";
import { tryReadStore } from "../../certificates/store.js";
import { carriedCertificate } from "../../certificates/views/carried_certificate.js";
import { CertificateChoice } from "../../certificates/views/certificate_choice.js";
import { followViews, pageStatusWatch } from "../../certificates/views/page_status.js";
import { pageVisibility } from "../../certificates/views/page_visibility.js";
import { offerToSavePassword, setAccount } from "../../certificates/views/password_account.js";
import { VaultButton } from "../../certificates/views/vault/vault_button.js";
import { fromBase64 } from "../../lib/bytes.js";
import { byId } from "../../lib/dom/page.js";
import { runStoppable } from "../../lib/dom/stoppable.js";
import { get } from "../../lib/http.js";
import { _ } from "../../lib/i18n.js";
import { buildChain } from "../../npki/sets/ca_chain.js";
import { readPfx } from "../../npki/pfx.js";
import { readCertificate } from "../../pki/certificate.js";

/** @typedef {import("../../certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../../certificates/key_proof.js").LockedKey} LockedKey */
/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../../npki/encryption/pbe.js").Stopping} Stopping */
/** @typedef {import("../document_signing.js").Signer} Signer */

const FIELD = "kept";

/** The choice on this page; `show` it first. */
export class SignerChoice {
  #form = byId("sign-form", HTMLFormElement);
  #list = byId("kept");
  #file = byId("key-file", HTMLInputElement);
  #password = byId("key-password", HTMLInputElement);
  /** @type {StoredCertificate[]} */ #visible = [];
  #vault;
  #error;

  /** @param {HTMLElement} error where a refusal is said @param {() => void} onOpened */
  constructor(error, onOpened) {
    this.#error = error;
    this.#vault = new VaultButton(this.#password, error, onOpened);
    this.#file.addEventListener("change", () => this.#chooseFile());
    this.#list.addEventListener("change", () => this.#chooseKept());
  }

  /** List what is kept here, and choose the one that the address names. @param {string} id */
  async show(id) {
    const stored = await tryReadStore();
    const { visible, covered } = pageVisibility().partition(stored?.certificates ?? []);
    const carried = carriedCertificate(id);
    this.#visible = carried ? [carried, ...visible.filter((one) => one.id !== id)] : visible;
    const watch = pageStatusWatch();
    const choices = this.#visible.map((one) => new CertificateChoice(one, FIELD, watch));
    this.#list.replaceChildren(...choices.map(({ element }) => element));
    for (const choice of choices) choice.update();
    followViews(watch, choices);
    byId("none-kept").hidden = stored === null || this.#visible.length > 0 || covered.length > 0;
    byId("some-covered").hidden = covered.length === 0;
    byId("cannot-look").hidden = stored !== null;
    const usable = choices.filter(({ isOver }) => !isOver);
    const named = usable.find((choice) => choice.stored.id === id);
    const chosen = named ?? (usable.length === 1 ? usable[0] : undefined);
    if (chosen?.choose()) this.#chooseKept();
  }

  /** Return what is missing, as a sentence; empty where nothing is. */
  findMissing() {
    const chosen = this.#chosen();
    if (!chosen && !this.#file.files?.length) return _("Choose a certificate, or its file.");
    if (!this.#password.value && !chosen?.key) return _("Type the certificate password.");
    return "";
  }

  /**
   * Open the key of the chosen certificate.
   * @returns {Promise<Signer>}
   */
  open() {
    return this.openAs(openSigningKey);
  }

  /**
   * Open the key of the chosen certificate as `opener` does.
   * @template T
   * @param {(locked: LockedKey, password: string, options: Stopping) => Promise<T>} opener
   * @returns {Promise<{certificate: Uint8Array, chain: Uint8Array[], key: T}>}
   */
  async openAs(opener) {
    const password = this.#password.value;
    const { locked, around, key } = await runStoppable(this.#error, async (signal) => {
      const read = await this.#read(password, signal);
      return { ...read, key: await opener(read.locked, password, { signal }) };
    });
    const { serial } = readCertificate(locked.certificate);
    if (!locked.key) offerToSavePassword(this.#password, serial);
    const chain = await completeChain(locked.certificate, around);
    return { certificate: locked.certificate, chain, key };
  }

  /** Forget what was typed. */
  clear() {
    this.#password.value = "";
  }

  #chosen() {
    const id = new FormData(this.#form).get(FIELD);
    return this.#visible.find((one) => one.id === id);
  }

  #chooseFile() {
    for (const input of this.#list.querySelectorAll("input")) input.checked = false;
    this.#showPassword();
    void this.#vault.offer(null);
    setAccount(this.#password);
  }

  #chooseKept() {
    this.#file.value = "";
    const chosen = this.#chosen();
    this.#showPassword(chosen);
    void this.#vault.offer(chosen);
    setAccount(this.#password, chosen && readCertificate(chosen.certificate).serial);
  }

  /** A key that cannot be copied has no password. @param {StoredCertificate} [chosen] */
  #showPassword(chosen) {
    const field = this.#password.closest(".field");
    if (field instanceof HTMLElement) field.hidden = chosen?.key !== undefined;
    byId("key-bound").hidden = chosen?.key === undefined;
  }

  /** @param {string} password @param {AbortSignal} signal */
  async #read(password, signal) {
    const chosen = this.#chosen();
    if (chosen) return { locked: chosen, around: chosen.chain };
    const [picked] = this.#file.files ?? [];
    const octets = new Uint8Array(await picked.arrayBuffer());
    const contents = await readPfx(octets, password, { signal });
    const around = contents.certificates.map(({ der }) => der);
    return { locked: await matchCertificate(contents, password), around };
  }
}

/**
 * Return the issuers of a certificate; ours from the centre, where none lies with it.
 * @param {Uint8Array} certificate
 * @param {Uint8Array[]} around
 * @returns {Promise<Bytes[]>}
 */
async function completeChain(certificate, around) {
  const chain = buildChain([certificate], around.map((der) => Uint8Array.from(der)));
  if (chain.length > 0) return chain;
  const response = await get("/pki/chain.json", { credentials: "omit" });
  const { chain: own } = /** @type {{chain: string[]}} */ (await response.json());
  return buildChain([certificate], own.map(fromBase64));
}
