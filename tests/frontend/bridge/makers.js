/** Small real things for the bridge's tests: a relay in memory, devices, vectors. */
import { readFileSync } from "node:fs";
import { unhex } from "../../../frontend/lib/bytes.js";
import { offerFor, pack } from "../../../frontend/bridge/bundle.js";
import { Relay } from "../../../frontend/bridge/relay.js";
import { Scanner } from "../../../frontend/bridge/scanner.js";
import { Shower } from "../../../frontend/bridge/shower.js";
import { readLink } from "../../../frontend/bridge/link.js";
import { FakeLine, FakeServer, settle } from "./fake_relay.js";

export { FakeLine, settle };

export const ORIGIN = "https://bank.example";
/** What has the form of an encrypted key, and nothing in it. */
export const KEY = Uint8Array.of(0x30, 5, 0x30, 0, 4, 1, 7);
export const ABOUT = {
  name: "김하나",
  issuerName: "certferry demo CA",
  serial: "0a1b2c3d4e5f",
  notAfter: new Date("2027-11-22T14:59:59Z"),
};

/** @param {number} size */
export const random = (size) => crypto.getRandomValues(new Uint8Array(size));

/** @param {string} name @returns {any} */
export function vectors(name) {
  const file = new URL(`../../vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Return a value of a vector in bytes. @param {string} text */
export const bytes = (text) => unhex(text);

/** Return a bundle of one holder as `sendBundle` wants it. @param {boolean} [move] */
export async function makeBundle(move = false) {
  const payload = pack({
    signCert: Uint8Array.of(0x30, 3, 2, 1, 5),
    signPri: KEY,
    ca: [Uint8Array.of(0x30, 3, 2, 1, 9)],
  });
  return { payload, offer: await offerFor(payload, ABOUT, { move }) };
}

/** Two devices at one relay, and everything each of them said. */
export class Stage {
  server = new FakeServer();
  clock = this.server.clock;
  pcLine = new FakeLine(this.server);
  phoneLine = new FakeLine(this.server);
  /** @type {any[]} */ pc = [];
  /** @type {any[]} */ phone = [];
  /** @type {any[]} */ kept = [];
  /** @type {(bundle: any, offer: any) => Promise<void>} */
  keep = async (bundle) => { this.kept.push(bundle); };
  about = ABOUT;
  pcRelay = this.relay(this.pcLine);
  phoneRelay = this.relay(this.phoneLine);
  shower = new Shower({
    relay: this.pcRelay, origin: ORIGIN, random, tell: (state) => this.pc.push(state),
  });
  scanner = new Scanner({
    relay: this.phoneRelay, random, read: () => this.about,
    keep: (bundle, offer) => this.keep(bundle, offer),
    tell: (state) => this.phone.push(state),
  });

  /** @param {FakeLine} line */
  relay(line) {
    return new Relay({ line, now: this.clock.now, later: this.clock.later });
  }

  /** Show and scan, up to the code. */
  async meet() {
    const { qrText } = await this.shower.start();
    await this.scanner.join(readLink(qrText, ORIGIN));
    await settle();
  }

  /** Go on up to the offer. */
  async offer() {
    await this.meet();
    this.shower.typeCode(this.code);
    await this.shower.sendBundle(await makeBundle());
    await settle();
  }

  get code() {
    return this.phone.find(({ state }) => state === "code").code;
  }

  /** @param {any[]} states */
  static names(states) {
    return states.map(({ state }) => state);
  }
}
