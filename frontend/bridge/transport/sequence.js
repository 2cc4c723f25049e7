/**
 * Which messages went, and which came: counted, so that each is taken once.
 *
 * Pure. Each side's messages are numbered from 1. What is saved is what this side sent
 * and what it has taken in; everything else the relay knows.
 */
import { BytesError, fromBase64url } from "../../lib/bytes.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {{n: number, data: string}} Frame  as it travels */

/** The two counts of one pairing, from one side. */
export class Sequence {
  /** All that this side sent. @type {Bytes[]} */ sent = [];
  /** How many of them the relay has. */ confirmed = 0;
  /** How many of them the peer has. */ acked = 0;
  /** How many of the peer's have come. */ arrived = 0;
  /** How many of them were taken in, and what follows written down. */ received = 0;
  /** How many of them the peer was told of. */ acknowledged = 0;

  /** Whether a message that came is still being taken in. */
  get isBusy() {
    return this.arrived > this.received;
  }

  /** The number of the next message that the relay does not have, or null. */
  get unsent() {
    return this.confirmed < this.sent.length ? this.confirmed + 1 : null;
  }

  /** Take up what is to be sent; to speak is to have heard. @param {Bytes} frame */
  push(frame) {
    this.sent.push(frame);
    this.acknowledged = this.received;
  }

  /**
   * Return those messages of the peer that are new, in their order.
   * @param {Frame[]} frames
   * @returns {{added: {n: number, data: Bytes}[], isGap: boolean}}
   * @throws {BytesError} when one of them is no message at all
   */
  accept(frames) {
    const added = [];
    for (const { n, data } of frames) {
      // Without a number each would be new, and the count of what came would be lost.
      if (!Number.isSafeInteger(n) || n < 1 || typeof data !== "string") {
        throw new BytesError("not a message");
      }
      if (n <= this.arrived) continue;
      if (n > this.arrived + 1) return { added, isGap: true };
      added.push({ n, data: fromBase64url(data) });
      this.arrived = n;
    }
    return { added, isGap: false };
  }

  /** @returns {{sent: Bytes[], received: number}} */
  save() {
    return { sent: this.sent, received: this.received };
  }

  /** @param {{sent: Bytes[], received: number}} saved */
  restore({ sent, received }) {
    this.sent = sent;
    this.received = received;
    this.arrived = received;
  }
}
