import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import { openStore } from "../../../frontend/certificates/store.js";
import { Vault } from "../../../frontend/certificates/vault.js";

const PASSWORD = "Correct-Horse-7 비밀";
const ID = "a1".repeat(32);
let stores = 0;

/**
 * A device with an authenticator, as far as a vault uses it.
 * @typedef {object} Device
 * @property {boolean} hasPrf
 * @property {boolean} givesAtCreation
 * @property {string} fails name of the error that it answers with
 * @property {any} capabilities
 */

/** @param {Partial<Device>} [options] */
async function browser(options = {}) {
  /** @type {Device} */
  const device = {
    hasPrf: true,
    givesAtCreation: true,
    fails: "",
    capabilities: undefined,
    ...options,
  };
  const keys = new Map();
  const asked = /** @type {any[]} */ ([]);
  const forgotten = /** @type {any[]} */ ([]);
  const prfFor = (/** @type {string} */ id, /** @type {any} */ { extensions }) => {
    const salt = Buffer.from(extensions.prf.eval.first);
    return new Uint8Array(createHmac("sha256", keys.get(id)).update(salt).digest()).buffer;
  };
  const answer = (/** @type {string} */ id, /** @type {any} */ prf) => ({
    rawId: new Uint8Array(Buffer.from(id, "hex")).buffer,
    response: { getTransports: () => ["internal"] },
    getClientExtensionResults: () => (prf === undefined ? {} : { prf }),
  });
  const refuse = () => {
    if (device.fails) throw new DOMException("no", device.fails);
  };
  const credentials = {
    create: async (/** @type {any} */ { publicKey }) => {
      refuse();
      asked.push(publicKey);
      const id = randomBytes(16).toString("hex");
      keys.set(id, randomBytes(32));
      if (!device.hasPrf) return answer(id, undefined);
      const results = device.givesAtCreation ? { first: prfFor(id, publicKey) } : undefined;
      return answer(id, { enabled: true, ...(results && { results }) });
    },
    get: async (/** @type {any} */ { publicKey }) => {
      refuse();
      asked.push(publicKey);
      const id = Buffer.from(publicKey.allowCredentials[0].id).toString("hex");
      return answer(id, device.hasPrf ? { results: { first: prfFor(id, publicKey) } } : undefined);
    },
  };
  const api = {
    getClientCapabilities: device.capabilities && (async () => device.capabilities),
    signalUnknownCredential: async (/** @type {any} */ hint) => void forgotten.push(hint),
  };
  const store = await openStore(`vault-${(stores += 1)}`);
  const deps = {
    openStore: async () => store,
    credentials: /** @type {any} */ (credentials),
    api: /** @type {any} */ (api),
    random: (/** @type {number} */ count) => new Uint8Array(randomBytes(count)),
    now: () => 1000,
    names: () => ({ site: "centre", name: "certificates", host: "ca.example" }),
  };
  return { device, keys, asked, forgotten, store, deps, vault: new Vault(deps) };
}

for (const givesAtCreation of [true, false]) {
  test(`what was sealed is opened again (secret at creation: ${givesAtCreation})`, async () => {
    const { vault, asked } = await browser({ givesAtCreation });
    await vault.add(ID, PASSWORD);

    assert.equal(await vault.open(ID), PASSWORD);
    assert.equal(await vault.sealedAt(ID), 1000);
    assert.ok(asked.every((options) =>
      (options.userVerification ?? options.authenticatorSelection.userVerification) === "required"));
  });
}

test("several certificates share one credential, each with its own seal", async () => {
  const { vault, keys } = await browser();
  await vault.add(ID, PASSWORD);
  await vault.add("b2".repeat(32), "another-Password-8");

  assert.equal(keys.size, 1);
  assert.equal(await vault.open(ID), PASSWORD);
  assert.equal(await vault.open("b2".repeat(32)), "another-Password-8");
});

test("the store holds neither the password nor its length", async () => {
  const { vault, store } = await browser();
  await vault.add(ID, "short-Pw-1");
  await vault.add("b2".repeat(32), "a much longer password, Nr. 2");
  const record = /** @type {any} */ (await store.vault());

  const sealed = Object.values(record.passwords).map(({ ciphertext }) => ciphertext);
  assert.equal(new Set(sealed.map(({ length }) => length)).size, 1);
  for (const octets of [...sealed, record.salt, record.credentialId])
    assert.ok(!Buffer.from(octets).includes("Pw-1"));
});

test("a sealed password opens for its own certificate only", async () => {
  const { vault, store } = await browser();
  await vault.add(ID, PASSWORD);
  await store.changeVault((record) => ({
    .../** @type {any} */ (record),
    passwords: { other: /** @type {any} */ (record).passwords[ID] },
  }));

  await assert.rejects(vault.open("other"), { code: "vault_changed" });
});

test("a device that gives another secret than before is told from a wrong password", async () => {
  const { vault, keys } = await browser();
  await vault.add(ID, PASSWORD);
  for (const id of keys.keys()) keys.set(id, randomBytes(32));

  await assert.rejects(vault.open(ID), { code: "vault_changed" });
});

test("a device without the extension is said to be so, and its credential is given back", async () => {
  const { vault, store, forgotten } = await browser({ hasPrf: false });

  await assert.rejects(vault.add(ID, PASSWORD), { code: "vault_no_prf" });
  assert.equal(await store.vault(), undefined);
  assert.equal(forgotten.length, 1);
  assert.equal(forgotten[0].rpId, "ca.example");
});

const FAILURES = {
  NotAllowedError: "vault_cancelled",
  AbortError: "vault_cancelled",
  SecurityError: "vault_address",
  NotSupportedError: "vault_unsupported",
  ConstraintError: "vault_no_verification",
  UnknownError: "vault_failed",
};
for (const [fails, code] of Object.entries(FAILURES)) {
  test(`${fails} of the platform is ${code}, and nothing is half done`, async () => {
    const { vault, device, store } = await browser({ fails });
    await assert.rejects(vault.add(ID, PASSWORD), { code });
    assert.equal(await store.vault(), undefined);
    device.fails = "";
    await vault.add(ID, PASSWORD);
    device.fails = fails;

    await assert.rejects(vault.open(ID), { code });
    device.fails = "";
    assert.equal(await vault.open(ID), PASSWORD);
  });
}

test("a browser without WebAuthn is ruled out, one that says so too", async () => {
  const { deps } = await browser();
  const none = new Vault({ ...deps, api: undefined, credentials: undefined });
  const old = await browser({ capabilities: { "extension:prf": false } });
  const silent = await browser({ capabilities: {} });

  assert.equal(await none.findObstacle(), "vault_unsupported");
  await assert.rejects(none.add(ID, PASSWORD), { code: "vault_unsupported" });
  assert.equal(await old.vault.findObstacle(), "vault_unsupported");
  assert.equal(await silent.vault.findObstacle(), null);
});

test("an address is no name, and the browser is not asked about it", async () => {
  const { deps } = await browser();
  const at = (/** @type {string} */ host) =>
    new Vault({ ...deps, names: () => ({ ...deps.names(), host }) }).findObstacle();

  for (const host of ["127.0.0.1", "192.168.0.12", "[::1]"])
    assert.equal(await at(host), "vault_address", host);
  for (const host of ["localhost", "ca.example", "1.example"])
    assert.equal(await at(host), null, host);
});

test("taking the last password out gives the credential back; one before it does not", async () => {
  const { vault, store, forgotten } = await browser();
  await vault.add(ID, PASSWORD);
  await vault.add("b2".repeat(32), PASSWORD);
  await vault.remove(ID);
  assert.equal(forgotten.length, 0);
  await assert.rejects(vault.open(ID), { code: "vault_empty" });
  await vault.remove("b2".repeat(32));

  assert.equal(await store.vault(), undefined);
  assert.equal(forgotten.length, 1);
});

test("deleting a certificate takes its password along", async () => {
  const { vault, store } = await browser();
  await vault.add(ID, PASSWORD);

  await store.remove(ID);

  assert.equal(await vault.sealedAt(ID), null);
});

test("of two tabs that set it up at once the second is refused and undoes nothing", async () => {
  const { vault, store, deps } = await browser();
  await vault.add(ID, PASSWORD);
  const blind = new Vault({
    ...deps,
    openStore: async () => ({
      vault: async () => undefined, // looked before the first had written
      changeVault: (change) => store.changeVault(change),
    }),
  });

  await assert.rejects(blind.add(ID, "other-Password-9"), { code: "vault_changed" });
  assert.equal(await vault.open(ID), PASSWORD);
});
