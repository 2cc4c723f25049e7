/** Code, order, request, certificate, receipt: in this order or not at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, hex } from "../../../../frontend/lib/bytes.js";
import { ProtocolError } from "../../../../frontend/bridge/core/kdf.js";
import { unpackAnswer, unpackRequest } from "../../../../frontend/bridge/core/order.js";
import {
  KeyHolder, Registrar,
} from "../../../../frontend/bridge/core/remote_issuance.js";
import { readCertificate } from "../../../../frontend/pki/certificate.js";
import {
  FILES, initiatorFor, messageOf, responderAfterM1, responderFor,
} from "../support/transcript_runner.js";

/** @typedef {import("../../../../frontend/lib/bytes.js").Bytes} Bytes */

const ISSUING = FILES.brg1_issuing;
const [transcript, typed] = ISSUING.transcripts;
const request = unpackRequest(fromHex(ISSUING.request.content));
const issued = unpackAnswer(fromHex(ISSUING.issued));

/** One device of a transcript, which draws what the vector drew. */
class Walker {
  /** @type {any} */ part = null;
  /** @type {Bytes} */ #reply = new Uint8Array();
  /** @type {any} */ #handshake;
  /** @type {any} */ #transcript;

  /** @param {any} from @param {any} handshake */
  constructor(from, handshake) {
    this.#transcript = from;
    this.#handshake = handshake;
  }

  /** @param {any} from @param {string} device */
  static async of(from, device) {
    const { run } = from;
    return new Walker(from, device === "G" ? await initiatorFor(run) : responderFor(run));
  }

  /** @param {string} name @returns {Promise<Bytes>} */
  async say(name) {
    if (name === "m1") return this.#handshake.m1;
    if (name === "m5") {
      assert.ok(this.part.typeCode(this.#transcript.code));
      return this.part.order(ISSUING.order);
    }
    if (name === "m6") return this.part.request(request);
    if (name === "m7") return this.part.deliver(issued);
    return name === "m8" ? this.part.receipt() : this.#reply;
  }

  /** @param {string} name @param {Bytes} data @returns {Promise<unknown>} */
  async take(name, data) {
    if (["m5", "m6", "m7", "m8"].includes(name))
      return this.part[`take${name.toUpperCase()}`](data);
    const { run } = this.#transcript;
    if (name === "m1") {
      await this.#handshake.takeM1(data);
      // HPKE draws inside: only the vector's own m2 makes the vector's keys.
      this.#handshake = responderAfterM1(run);
      this.#reply = fromHex(run.m2);
    } else if (name === "m2") this.#reply = await this.#handshake.takeM2(data);
    else if (name === "m3") {
      const { m4, agreement } = await this.#handshake.takeM3(data);
      this.#reply = m4;
      this.part = new KeyHolder(agreement, readCertificate);
    } else this.part = new Registrar(await this.#handshake.takeM4(data));
    return undefined;
  }
}

/** @param {any} from @param {string} device @param {string} last */
async function walked(from, device, last) {
  const walker = await Walker.of(from, device);
  for (const { name, from: speaker, data } of from.messages) {
    if (speaker === device) await walker.say(name);
    else await walker.take(name, fromHex(data));
    if (name === last) break;
  }
  return walker;
}

for (const recorded of [transcript, typed]) {
  const { mode } = recorded.run;

  test(`transcript (${mode}): both devices say every word`, async () => {
    const [initiator, responder] =
      [await Walker.of(recorded, "G"), await Walker.of(recorded, "S")];

    for (const { name, from, data } of recorded.messages) {
      const both = [initiator, responder];
      const [speaker, hearer] = from === "G" ? both : both.reverse();
      assert.equal(hex(await speaker.say(name)), data, name);
      await hearer.take(name, fromHex(data));
    }

    assert.deepEqual([initiator.part.step, responder.part.step], ["done", "done"]);
  });

  test(`transcript (${mode}): every other end is read`, async () => {
    const end = async (/** @type {string} */ device, /** @type {string} */ after,
      /** @type {string} */ name, /** @type {string} */ field) =>
      (await walked(recorded, device, after)).take(name, fromHex(recorded[field]));

    assert.equal(await end("G", "m5", "m6", "m6_decline"), "decline");
    assert.equal(await end("G", "m5", "m6", "m6_no_key"), "no key");
    assert.deepEqual(await end("S", "m6", "m7", "m7_refused"), { code: "key_seen" });
    assert.equal(await end("G", "m7", "m8", "m8_not_stored"), false);
  });
}

for (const { what, device, after, take, data } of ISSUING.refused) {
  test(`refused: ${what}`, async () => {
    const walker = await walked(transcript, device, after);

    await assert.rejects(walker.take(take, fromHex(data)), isGeneric);

    // What met a fault is burnt: it takes not even the true message any more.
    await assert.rejects(walker.take(take, messageOf(transcript, take)), isGeneric);
  });
}

test("after a no nothing is delivered, and no request follows", async () => {
  const registrar = await walked(transcript, "G", "m5");
  const holder = await walked(transcript, "S", "m5");

  await registrar.take("m6", await holder.part.refuse("decline"));

  await assert.rejects(registrar.say("m7"), isGeneric);
  await assert.rejects(holder.say("m6"), isGeneric);
});

test("what is issued for another key is refused and never acknowledged", async () => {
  const registrar = await walked(transcript, "G", "m6");
  const holder = await walked(transcript, "S", "m6");
  const { content } = ISSUING.foreign[0];

  const m7 = await registrar.part.deliver(unpackAnswer(fromHex(content)));

  await assert.rejects(holder.take("m7", m7), { code: "foreign_certificate" });
  await assert.rejects(holder.say("m8"), isGeneric);
});

test("both halves go on from what was saved", async () => {
  const registrar = (await walked(transcript, "G", "m5")).part;
  const holder = (await walked(transcript, "S", "m6")).part;

  const again = Registrar.restore(registrar.save());
  const holderAgain = KeyHolder.restore(holder.save(), readCertificate);

  assert.deepEqual(await again.takeM6(messageOf(transcript, "m6")), request);
  const m7 = await again.deliver(issued);
  assert.equal(hex(m7), hex(messageOf(transcript, "m7")));
  await holderAgain.takeM7(m7);
  assert.equal(await again.takeM8(await holderAgain.receipt()), true);
});

/** @param {any} error */
function isGeneric(error) {
  return error instanceof ProtocolError && error.code === "protocol_failed";
}
