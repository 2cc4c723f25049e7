import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { XWing } from "@hpke/hybridkem-x-wing";
import { IssuanceClient } from "../../../frontend/enrolment/issuance.js";
import { openStore } from "../../../frontend/certificates/store.js";
import { base64, fromBase64, hex } from "../../../frontend/lib/bytes.js";
import { ApiError } from "../../../frontend/lib/http.js";
import { readRandomNumber } from "../../../frontend/npki/identity.js";
import { sealRandomNumber } from "../../../frontend/npki/identity_seal.js";
import { createBoundKeyPair, createKeyPair } from "../../../frontend/pki/key_pair.js";
import { readCertificate } from "../../../frontend/pki/certificate.js";
import { decryptKey } from "../../../frontend/npki/key_file.js";
import { randomBytes } from "../../../frontend/lib/random.js";
import { readPublicKey } from "../../../frontend/pki/signing_request.js";
import { PASSWORD, makeCertificate, nameOf } from "../pki/makers.js";

/** @typedef {import("../../../frontend/enrolment/issuance.js").Dependencies} Ports */

const CA = await createKeyPair("p-256");
const CA_NAME = nameOf("certferry demo CA (not accredited)");
const CA_CERTIFICATE = await makeCertificate({
  spki: CA.spki,
  signer: CA.privateKey,
  subject: CA_NAME,
  issuer: CA_NAME,
});
const WISH = /** @type {const} */ ({
  applicationId: "a1",
  keyKind: "p-256",
  password: PASSWORD,
});

/** A centre that answers the same idempotency key with the same certificate. */
class Centre {
  /** @type {Map<string, Uint8Array>} */ issued = new Map();
  /** @type {string[]} */ calls = [];
  /** @type {(string | undefined)[]} */ sealed = [];
  /** @type {string[]} */ delivered = [];
  chain = [CA_CERTIFICATE];
  type = "application/pkix-cert";
  location = "/certificates/c1";
  place = "browser";
  /** @type {(url: string) => void} */ before = () => {};
  /** @type {(url: string) => void} */ after = () => {};
  /** @type {Uint8Array | null} */ otherKey = null;

  /** @type {Ports["post"]} */
  post = async (url, body, { headers = {} } = {}) => {
    this.calls.push(url);
    this.before(url);
    const response = url === "/certificates"
      ? await this.#certificate(/** @type {Uint8Array} */ (body), headers)
      : this.#noted(url, body);
    this.after(url);
    return response;
  };

  /** @type {Ports["get"]} */
  get = async (url) => {
    this.calls.push(url);
    this.before(url);
    const response = Response.json({ chain: this.chain.map(base64) });
    this.after(url);
    return response;
  };

  /** @param {Uint8Array} request @param {Record<string, string>} headers */
  async #certificate(request, headers) {
    assert.equal(headers["Content-Type"], "application/pkcs10");
    assert.equal(headers["Application-Id"], "a1");
    this.sealed.push(headers["Sealed-Random-Number"]);
    const key = headers["Idempotency-Key"];
    assert.match(key, /^[0-9a-f]{32}$/);
    const spki = this.otherKey ?? readPublicKey(request);
    const created = await makeCertificate({ spki, signer: CA.privateKey });
    const der = this.issued.get(key) ?? created;
    this.issued.set(key, der);
    const sent = { "Content-Type": this.type, Location: this.location };
    return new Response(Uint8Array.from(der), { status: 201, headers: sent });
  }

  /** @param {string} url @param {unknown} body */
  #noted(url, body) {
    assert.deepEqual(body, { place: this.place });
    this.delivered.push(url);
    return new Response();
  }
}

let stores = 0;

async function desk() {
  const store = await openStore(`issuing-${(stores += 1)}`);
  const centre = new Centre();
  /** @type {string[]} */
  const told = [];
  const { post, get } = centre;
  const clock = { now: () => 1_700_000_000_000, random: randomBytes };
  const seal = sealRandomNumber;
  const ports = { store, post, get, seal, makeKeyPair: createKeyPair, makeBoundKeyPair: createBoundKeyPair, ...clock, rounds: 1000 };
  const issuing = new IssuanceClient(ports, (state) => told.push(state));
  return { store, centre, told, issuing, ports };
}

/** @returns {Promise<Uint8Array>} a centre's key for R */
async function newIdentityKey() {
  const kem = new XWing();
  const { publicKey } = await kem.generateKeyPair();
  return new Uint8Array(await kem.serializePublicKey(publicKey));
}

/** @param {string} lost */
const loses = (lost) => (/** @type {string} */ url) => {
  if (url === lost) throw new ApiError({ code: "offline" });
};

test("a certificate is made, kept with its key and R, and reported", async () => {
  const { store, centre, told, issuing } = await desk();

  const { stored: stored, reported } = await issuing.issue(WISH);

  const key = await decryptKey(stored.encryptedKey ?? new Uint8Array(), PASSWORD);
  assert.equal(readRandomNumber(key)?.length, 20);
  assert.deepEqual(await store.all(), [stored]);
  assert.deepEqual(stored.chain, [CA_CERTIFICATE]);
  assert.equal(stored.serverId, "c1");
  assert.deepEqual(centre.delivered, ["/certificates/c1/delivered"]);
  assert.equal(reported, true);
  assert.equal(await store.pendingFor("a1"), undefined);
  const steps = "making_key protecting_key asking checking keeping done";
  assert.equal(told.join(" "), steps);
});

test("R goes to the centre sealed, and going on sends the same once more", async () => {
  const { store, centre, issuing, ports } = await desk();
  const identityKey = await newIdentityKey();
  centre.before = loses("/certificates");
  await assert.rejects(issuing.issue({ ...WISH, identityKey }), { code: "offline" });
  centre.before = () => {};
  centre.after = loses("/certificates");
  await assert.rejects(issuing.resume("a1"), { code: "offline" });
  centre.after = () => {};
  const pending = await store.pendingFor("a1");

  const { stored } = await new IssuanceClient(ports).resume("a1");

  const key = await decryptKey(stored.encryptedKey ?? new Uint8Array(), PASSWORD);
  const randomNumber = readRandomNumber(key) ?? new Uint8Array();
  assert.equal(centre.sealed.length, 2);
  assert.equal(centre.sealed[0], centre.sealed[1]);
  assert.equal(centre.sealed[0], base64(pending?.sealedRandomNumber ?? new Uint8Array()));
  assert.equal(fromBase64(centre.sealed[0] ?? "").length, 1164);
  const kept = [pending?.sealedRandomNumber, pending?.request, pending?.encryptedKey];
  for (const bytes of kept) assert.ok(!hex(bytes ?? new Uint8Array()).includes(hex(randomNumber)));
});

test("without a key of the centre nothing is sealed and nothing is said of it", async () => {
  const { store, centre, issuing } = await desk();
  centre.after = loses("/certificates");
  await assert.rejects(issuing.issue(WISH), { code: "offline" });

  const pending = await store.pendingFor("a1");

  assert.ok(pending && !("sealedRandomNumber" in pending));
  assert.deepEqual(centre.sealed, [undefined]);
});

test("the key is stored before anything is sent", async () => {
  const { store, centre, issuing } = await desk();
  /** @type {Promise<unknown>[]} */
  const seen = [];
  centre.before = () => seen.push(store.pendingFor("a1"));

  await issuing.issue(WISH);

  assert.ok(await seen[0]);
});

for (const lost of [
  "/certificates",
  "/pki/chain.json",
  "/certificates/c1/delivered",
]) {
  for (const when of /** @type {const} */ (["before", "after"])) {
    test(`losing the line ${when} ${lost} ends in the same certificate`, async () => {
      const { store, centre, issuing } = await desk();
      centre[when] = loses(lost);
      await issuing.issue(WISH).catch(() => {});
      assert.ok(await store.pendingFor("a1"));
      centre[when] = () => {};

      const { stored: stored } = await issuing.resume("a1");

      assert.deepEqual([...centre.issued.values()], [stored.certificate]);
      assert.deepEqual(await store.all(), [stored]);
      assert.equal(await store.pendingFor("a1"), undefined);
      assert.ok(centre.delivered.length > 0);
    });
  }
}

test("a report that fails does not take the certificate back", async () => {
  const { store, centre, told, issuing } = await desk();
  centre.before = loses("/certificates/c1/delivered");

  const { stored: stored, reported } = await issuing.issue(WISH);

  assert.equal(reported, false);
  assert.deepEqual(await store.all(), [stored]);
  assert.equal(told.at(-1), "done");
});

test("a late report leaves a key whose password was changed since alone", async () => {
  const { store, centre, issuing } = await desk();
  centre.before = loses("/certificates/c1/delivered");
  const { stored: stored } = await issuing.issue(WISH);
  const changed = { ...stored, encryptedKey: Uint8Array.of(1, 2, 3) };
  await store.put(changed, { replace: true });
  centre.before = () => {};

  const again = await issuing.resume("a1");

  assert.deepEqual(again.stored, changed);
  assert.deepEqual(await store.all(), [changed]);
});

test("two tabs end with one key and one certificate", async () => {
  const { store, centre, ports } = await desk();
  const tabs = [new IssuanceClient(ports), new IssuanceClient(ports)];

  const ends = await Promise.all(tabs.map((tab) => tab.issue(WISH)));

  assert.deepEqual(ends[0].stored.encryptedKey, ends[1].stored.encryptedKey);
  assert.equal(centre.issued.size, 1);
  assert.equal((await store.all()).length, 1);
});

test("another password than the first is refused and nothing is sent", async () => {
  const { centre, issuing } = await desk();
  centre.before = loses("/certificates");
  await assert.rejects(issuing.issue(WISH), { code: "offline" });
  const before = centre.calls.length;

  const wish = { ...WISH, password: "another-horse-2" };
  await assert.rejects(issuing.issue(wish), { code: "other_password" });

  assert.equal(centre.calls.length, before);
});

test("a stored key that is not the request's is found before it is sent", async () => {
  const { store, centre, issuing } = await desk();
  centre.before = loses("/certificates");
  await issuing.issue(WISH).catch(() => {});
  const [one] = await store.allPending();
  const other = await desk();
  other.centre.before = loses("/certificates");
  await other.issuing.issue(WISH).catch(() => {});
  const [foreign] = await other.store.allPending();
  await store.dropPending("a1");
  await store.addPending({ ...one, encryptedKey: foreign.encryptedKey });
  const calls = centre.calls.length;

  await assert.rejects(issuing.issue(WISH), { code: "damaged_key" });

  assert.equal(centre.calls.length, calls);
});

/** @typedef {[string, (centre: Centre) => void, string]} Spoiled */

for (const [name, spoil, code] of /** @type {Spoiled[]} */ ([
  ["a foreign certificate", (c) => (c.otherKey = CA.spki), "foreign_certificate"],
  ["no chain", (c) => (c.chain = []), "foreign_chain"],
  ["a page for people", (c) => (c.type = "text/html"), "unexpected_answer"],
  ["a place elsewhere", (c) => (c.location = "//evil.test"), "unexpected_answer"],
])) {
  test(`${name} is not kept, and the key still waits`, async () => {
    const { store, centre, issuing } = await desk();
    spoil(centre);

    await assert.rejects(issuing.issue(WISH), { code });

    assert.deepEqual(await store.all(), []);
    assert.ok(await store.pendingFor("a1"));
    assert.deepEqual(centre.delivered, []);
  });
}

test("a chain that does not lead on from the certificate is refused", async () => {
  const { centre, issuing } = await desk();
  const subject = nameOf("another CA");
  centre.chain = [
    await makeCertificate({ spki: CA.spki, signer: CA.privateKey, subject }),
  ];

  await assert.rejects(issuing.issue(WISH), { code: "foreign_chain" });
});

test("a refusal by the centre reaches the page and keeps the key", async () => {
  const { store, centre, issuing } = await desk();
  centre.before = () => {
    throw new ApiError({ code: "application_expired", status: 409 });
  };

  await assert.rejects(issuing.issue(WISH), { code: "application_expired" });
  assert.ok(await store.pendingFor("a1"));
});

test("nothing can be resumed that was never begun", async () => {
  const { issuing } = await desk();

  await assert.rejects(issuing.resume("a1"), { code: "nothing_begun" });
});

for (const place of /** @type {const} */ (["hard-disk", "removable-disk"])) {
  test(`what is for a ${place} is reported only when it was written there`, async () => {
    const { issuing, store, centre } = await desk();

    const result = await issuing.issue({ ...WISH, place });
    const [reported, waiting] = [[...centre.delivered], await store.pendingFor("a1")];
    centre.place = place;
    await issuing.reportDelivery("a1", "c1", place);

    assert.deepEqual([result.reported, result.place, reported], [false, place, []]);
    assert.equal(waiting?.place, place);
    assert.deepEqual(centre.delivered, ["/certificates/c1/delivered"]);
    assert.equal(await store.pendingFor("a1"), undefined);
  });
}

test("the place that was chosen first counts after a reload", async () => {
  const { issuing, centre } = await desk();
  centre.before = (url) => {
    if (url === "/certificates") throw new ApiError({ code: "offline" });
  };
  await assert.rejects(issuing.issue({ ...WISH, place: "removable-disk" }));
  centre.before = () => {};

  const result = await issuing.resume("a1");

  assert.equal(result.place, "removable-disk");
});

test("what is for the phone is in this browser first, and reported so", async () => {
  const { issuing, centre } = await desk();

  const result = await issuing.issue({ ...WISH, place: "phone" });

  assert.deepEqual([result.reported, result.place], [true, "phone"]);
  assert.equal(centre.delivered.length, 1);
});

const BOUND = /** @type {const} */ ({ applicationId: "a1", keyKind: "p-256", isBound: true });

test("a key that cannot be copied is kept as it is, without R, and told as on the phone", async () => {
  const { store, centre, told, issuing } = await desk();
  const identityKey = await newIdentityKey();
  centre.place = "phone";

  const { stored, reported } = await issuing.issue({ ...BOUND, identityKey });

  const [kept] = await store.all();
  assert.equal(kept.encryptedKey, undefined);
  assert.equal(kept.key?.extractable, false);
  assert.equal(stored.id, kept.id);
  assert.equal(reported, true);
  assert.deepEqual(centre.delivered, ["/certificates/c1/delivered"]);
  assert.deepEqual(centre.sealed.filter(Boolean), []);
  assert.equal(await store.pendingFor("a1"), undefined);
  assert.equal(told.join(" "), "making_key asking checking keeping done");
});

test("a key that cannot be copied goes on after a break, the same one", async () => {
  const { store, centre, issuing, ports } = await desk();
  centre.after = loses("/certificates");
  await assert.rejects(issuing.issue(BOUND), { code: "offline" });
  centre.after = () => {};
  centre.place = "phone";
  const waiting = await store.pendingFor("a1");

  const { stored } = await new IssuanceClient(ports).resume("a1");

  assert.equal(waiting?.key?.extractable, false);
  assert.equal(waiting?.encryptedKey, undefined);
  assert.deepEqual(readPublicKey(waiting?.request ?? new Uint8Array()), readCertificate(stored.certificate).spki);
  assert.equal(centre.issued.size, 1);
});

test("a bound key that came back as another one is not taken for kept", async () => {
  const { store, issuing } = await desk();
  const { privateKey } = await createBoundKeyPair("p-256");
  const put = store.put.bind(store);
  store.put = (certificate) => put({ ...certificate, key: privateKey });

  await assert.rejects(issuing.issue(BOUND), { code: "damaged_key" });

  assert.ok(await store.pendingFor("a1"));
});
