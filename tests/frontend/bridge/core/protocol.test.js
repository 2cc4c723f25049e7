import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, equal, hex } from "../../../../frontend/lib/bytes.js";
import { lengthPrefix, ProtocolError, splitFields } from "../../../../frontend/bridge/core/kdf.js";
import * as protocol from "../../../../frontend/bridge/core/protocol.js";
import {
  ResponderHandshake, InitiatorHandshake,
} from "../../../../frontend/bridge/core/handshake.js";
import { bytes, random, vectors } from "../support/makers.js";

/** @typedef {import("../../../../frontend/bridge/core/link.js").Link} Link */
const { runs } = vectors("brg1");

/** @param {any} run */
const raw = (run) => Object.fromEntries(Object.entries(run).map(([name, value]) =>
  [name, ["mode", "dir", "code"].includes(name) ? value : bytes(String(value))]));

for (const [at, run] of runs.entries()) {
  const { mode, dir, seed, sid, psk, pkG, nG, m1, kS, m2, skG, fp } = raw(run);
  const name = `run ${at} (${mode}, ${dir})`;

  test(`${name}: m1 and its fingerprint are the same bytes`, async () => {
    const message = await protocol.makeM1({ mode, dir, sid, pkG, nG });

    assert.equal(hex(message), run.m1);
    assert.equal(hex(await protocol.fingerprint(message)), run.fp);
    assert.equal(protocol.readM1(message).dir, dir);
    await protocol.checkOpening(message, nG);
  });

  test(`${name}: m2 opens with the key of the X-Wing seed`, async () => {
    const pair = await protocol.keyPair(skG);

    assert.equal(hex(pair.pkG), run.pkG);
    const opened = await protocol.openM2({ m1, m2, psk, key: pair.key });
    assert.equal(hex(opened), run.kS);
  });

  test(`${name}: what JavaScript seals, the same key opens`, async () => {
    const { key } = await protocol.keyPair(skG);

    const sealed = await protocol.makeM2({ m1, psk, kS });

    assert.equal(sealed.length, 1200);
    assert.deepEqual(await protocol.openM2({ m1, m2: sealed, psk, key }), kS);
  });

  test(`${name}: every key, both MACs and the code are the same`, async () => {
    const keys = await protocol.deriveKeys({ psk, kS, m1, m2, nG });

    const { th, prk, cG, cS, aGS, aSG, sas } = run;
    const mine = Object.fromEntries(Object.entries(keys).map(([k, v]) => [k, hex(v)]));
    assert.deepEqual(mine, { th, prk, cG, cS, aGS, aSG, sas });
    assert.equal(hex(await protocol.initiatorMac(keys)), run.macG);
    assert.equal(hex(await protocol.responderMac(keys)), run.macS);
    assert.equal(await protocol.checkCode(keys), run.code);
  });

  test(`${name}: the two handshakes say the vector's words`, async () => {
    const initiator = await InitiatorHandshake.begin(
      { mode, dir }, inTurn([mode === "Q" ? seed : sid, nG, skG]),
    );
    const responder = mode === "Q"
      ? await ResponderHandshake.scanned({ dir, seed, fp }, inTurn([kS]))
      : ResponderHandshake.typed({ sid, dir }, inTurn([kS]));

    assert.equal(hex(initiator.m1), run.m1);
    assert.equal(hex(await initiator.takeM2(m2)), run.nG + run.macG);
    assert.equal((await initiator.takeM4(bytes(run.macS))).code, run.code);
    // The responder seals with fresh chance inside HPKE, so that only m1 is fixed.
    assert.equal((await responder.takeM1(initiator.m1)).length, m2.length);
  });

  if (mode === "T") continue; // a typed number has no seed

  test(`${name}: the seed gives sid and PSK`, async () => {
    assert.equal(hex(await protocol.sessionId(seed)), run.sid);
    assert.equal(hex(await protocol.preSharedKey(seed)), run.psk);
  });
}

for (const { what, taker, ...said } of vectors("brg1_negative").cases) {
  test(`refused in one way: ${what}`, async () => {
    const run = raw(vectors("brg1_negative").run);

    await assert.rejects(TAKERS[taker](run, bytes(said[taker])), isGeneric);
  });
}

/** @type {Record<string, (run: any, message: any) => Promise<unknown>>} */
const TAKERS = {
  async m1({ dir, seed, fp }, m1) {
    return (await ResponderHandshake.scanned({ dir, seed, fp }, random)).takeM1(m1);
  },
  async m2(run, m2) {
    return (await initiatorFor(run)).takeM2(m2);
  },
  async m3({ psk, kS, m1, m2 }, m3) {
    // The responder's own m2 is never the vector's, so its check is walked by hand.
    if (m3.length !== 64) throw new ProtocolError("size");
    const nG = m3.slice(0, 32);
    await protocol.checkOpening(m1, nG);
    const keys = await protocol.deriveKeys({ psk, kS, m1, m2, nG });
    return protocol.checkSame(m3.slice(32), await protocol.initiatorMac(keys));
  },
  async m4(run, m4) {
    const initiator = await initiatorFor(run);
    await initiator.takeM2(run.m2);
    return initiator.takeM4(m4);
  },
};

test("two fresh sides agree on code and channels", async () => {
  const { initiator, responder } = await sides();

  const m3 = await initiator.takeM2(await responder.takeM1(initiator.m1));
  const { m4, agreement } = await responder.takeM3(m3);
  const agreed = await initiator.takeM4(m4);

  assert.equal(agreed.code, agreement.code);
  assert.match(agreed.code, /^\d{6}$/);
  const record = await agreed.sealer.seal(lengthPrefix("hello"));
  assert.deepEqual(await agreement.opener.open(record), lengthPrefix("hello"));
});

test("a second m2 finds the key burnt, also after a wrong first one", async () => {
  const { initiator, responder } = await sides();
  const m2 = await responder.takeM1(initiator.m1);
  const wrong = m2.slice();
  wrong[5] ^= 1;

  await assert.rejects(initiator.takeM2(wrong), isGeneric);

  await assert.rejects(initiator.takeM2(m2), isGeneric);
});

test("a initiator that opens its commitment to another nonce is refused", async () => {
  const { initiator, responder } = await sides();
  const m3 = await initiator.takeM2(await responder.takeM1(initiator.m1));

  await assert.rejects(
    responder.takeM3(concat(random(32), m3.slice(32))), isGeneric,
  );
  await assert.rejects(responder.takeM3(m3), isGeneric);
});

test("m3, m4 out of turn are refused", async () => {
  const { initiator, responder } = await sides();

  await assert.rejects(responder.takeM3(random(64)), isGeneric);
  await assert.rejects(initiator.takeM4(random(32)), isGeneric);
});

test("whoever did not see the QR code cannot write an m2", async () => {
  const { initiator } = await sides();

  const foreign = await protocol.makeM2(
    { m1: initiator.m1, psk: random(32), kS: random(32) },
  );

  await assert.rejects(initiator.takeM2(foreign), isGeneric);
});

test("fields come back as they were joined, and cut ones are refused", () => {
  const joined = lengthPrefix("BRG1", random(3), "");

  assert.equal(splitFields(joined).length, 3);
  assert.ok(equal(lengthPrefix(...splitFields(joined)), joined));
  for (let size = 1; size < joined.length; size += 1) {
    const whole = [8, 15].includes(size); // the ends of the first two fields
    if (!whole) assert.throws(() => splitFields(joined.slice(0, size)), isGeneric);
  }
});

async function sides() {
  const initiator = await InitiatorHandshake.begin({ mode: "Q", dir: "GS" }, random);
  const link = /** @type {Link} */ (initiator.link);
  return { initiator, responder: await ResponderHandshake.scanned(link, random) };
}

/** @param {any} run */
function initiatorFor({ dir, seed, nG, skG }) {
  return InitiatorHandshake.begin({ mode: "Q", dir }, inTurn([seed, nG, skG]));
}

/** @param {any[]} values @returns {(size: number) => any} */
function inTurn(values) {
  const left = [...values];
  return () => left.shift();
}

/** @param {any} error */
function isGeneric(error) {
  return error instanceof ProtocolError && error.code === "protocol_failed";
}
