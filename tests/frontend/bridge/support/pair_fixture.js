/** Two people with a device each, at one relay in memory. */
import { Device } from "../../../../frontend/bridge/session/device.js";
import { issuingParts } from "../../../../frontend/bridge/session/issuing_parts.js";
import { createSnapshotStore } from "../../../../frontend/bridge/transport/session_snapshot.js";
import { readLink } from "../../../../frontend/bridge/core/link.js";
import { RelayClient } from "../../../../frontend/bridge/transport/relay_client.js";
import { FakeNet } from "./fake_net.js";
import { FakeRelay } from "./fake_relay.js";
import { settle } from "./fake_time.js";
import { readCertificate } from "../../../../frontend/pki/certificate.js";
import { unpackAnswer, unpackRequest } from "../../../../frontend/bridge/core/order.js";
import { ABOUT, bytes, makeBundle, ORIGIN, random, vectors } from "./makers.js";

/** @typedef {import("../../../../frontend/bridge/core/protocol.js").Dir} Dir */
/** @typedef {import("../../../../frontend/bridge/core/protocol.js").Mode} Mode */

const ISSUING = vectors("brg1_issuing");
const REQUEST = unpackRequest(bytes(ISSUING.request.content));
const ISSUED = /** @type {import("../../../../frontend/bridge/core/order.js")
  .IssuedCertificate} */ (unpackAnswer(bytes(ISSUING.issued)));

/** The locks of one browser. */
class FakeLocks {
  /** @type {Set<string>} */ #held = new Set();

  /**
   * @param {string} name
   * @param {any} _options
   * @param {any} action
   * @returns {Promise<any>}
   */
  async request(name, _options, action) {
    if (this.#held.has(name)) throw new Error("held elsewhere");
    this.#held.add(name);
    await action();
    this.#held.delete(name);
  }

  /** What happens to the locks of a tab that goes away. */
  free() {
    this.#held.clear();
  }
}

/** Storage whose content a test can see. @param {Map<string, string>} content */
export function storageOver(content) {
  return {
    getItem: (/** @type {string} */ name) => content.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ text) => {
      content.set(name, text);
    },
    removeItem: (/** @type {string} */ name) => void content.delete(name),
    key: (/** @type {number} */ at) => [...content.keys()][at] ?? null,
    get length() { return content.size; },
  };
}

/** One tab of one device, which can be reloaded. */
export class Tab {
  /** Everything it was told, over all its lives. @type {any[]} */ told = [];
  /** @type {Map<string, string>} */ drawer = new Map();
  /** What other tabs of the same browser see. @type {Map<string, string>} */
  shared = new Map();
  locks = new FakeLocks();
  /** In the place of what is over `drawer` and `shared`, where that is denied.
   * @type {import("../../../../frontend/lib/storage.js").StorageLike | null} */
  storage = null;
  /** @type {import("../../../../frontend/lib/storage.js").StorageLike | null} */
  board = null;
  /** Called with each state. @type {(state: any) => void} */
  onState = () => {};
  /** Called around each page of the snapshot, and between the two places it goes to;
   * `page` is there after it.
   * @type {(moment: "before" | "between" | "after", page?: any) => void} */
  onSave = () => {};
  /** @type {any[]} */ kept = [];
  /** @type {(bundle: any) => Promise<void>} */
  keep = async (bundle) => { this.kept.push(bundle); };
  /** @type {(issued: any) => Promise<void>} */
  keepIssued = async (issued) => { this.kept.push(issued); };
  /** @type {(certificate: any) => any} */ read = () => this.about;
  about = ABOUT;
  life = 0;

  /** @param {FakeRelay} relay */
  constructor(relay) {
    this.server = relay;
    this.net = new FakeNet(relay);
    this.ports = this.#ports();
    this.device = new Device(this.ports);
  }

  /** Be as after a change to what this browser gives. */
  renew() {
    this.ports = this.#ports();
    this.device = new Device(this.ports);
  }

  /** Be loaded anew. What the earlier life still does, reaches nobody. */
  async reload() {
    this.end();
    this.ports = this.#ports();
    const restored = await Device.restore(this.ports);
    if (restored !== null) this.device = restored.device;
    await this.server.clock.pass(0);
    return restored;
  }

  /** Go away, as a closed tab does. */
  end() {
    this.life += 1;
    const { noPost, noSocket, passes } = this.net;
    this.net.cut();
    this.net = Object.assign(new FakeNet(this.server), { noPost, noSocket, passes });
    this.locks.free();
  }

  /** @param {string} name */
  has(name) {
    return this.told.some(({ state }) => state === name);
  }

  /** @param {string} name */
  last(name) {
    return this.told.findLast(({ state }) => state === name);
  }

  get names() {
    return this.told.map(({ state }) => state);
  }

  /** @returns {import("../../../../frontend/bridge/session/device.js").Ports} */
  #ports() {
    const { life, net } = this;
    const { later, now } = this.server.clock;
    const lives = () => life === this.life;
    const snapshot = createSnapshotStore({
      storage: this.storage ?? Object.assign(storageOver(this.drawer), {
        removeItem: (/** @type {string} */ name) => {
          if (lives()) this.drawer.delete(name);
        },
        setItem: (/** @type {string} */ name, /** @type {string} */ text) => {
          if (lives()) this.drawer.set(name, text);
          if (lives()) this.onSave("after", JSON.parse(text));
        },
      }),
      shared: this.board ?? Object.assign(storageOver(this.shared), {
        removeItem: (/** @type {string} */ name) => {
          if (lives()) this.shared.delete(name);
        },
        setItem: (/** @type {string} */ name, /** @type {string} */ text) => {
          if (lives()) this.onSave("before");
          if (lives()) this.shared.set(name, text);
          if (lives()) this.onSave("between");
        },
      }),
      locks: /** @type {any} */ (this.locks), now,
    });
    return {
      relay: new RelayClient({
        socket: net.line, post: net.posts, now,
        later: (milliseconds, action) =>
          later(milliseconds, () => { if (lives()) action(); }),
      }),
      issuing: async () => issuingParts,
      origin: ORIGIN, random, snapshot,
      read: (certificate) => this.read(certificate),
      keepIssued: async (issued) => { if (lives()) await this.keepIssued(issued); },
      keep: async (bundle) => { if (lives()) await this.keep(bundle); },
      notify: (state) => {
        if (!lives()) return;
        this.told.push(state);
        this.onState(state);
      },
    };
  }
}

/** A initiator and a responder. */
export class PairFixture {
  relay = new FakeRelay();
  clock = this.relay.clock;
  initiator = new Tab(this.relay);
  responder = new Tab(this.relay);
  /** What was asked of the centre, by its idempotency key. @type {string[]} */ posted = [];

  /** @param {{mode?: Mode, dir?: Dir}} [how] */
  constructor({ mode = "Q", dir = "GS" } = {}) {
    this.mode = mode;
    this.dir = dir;
    if (dir === "GK") for (const tab of this.both) tab.read = readCertificate;
  }

  get sender() {
    return this.dir === "SG" ? this.responder : this.initiator;
  }

  get receiver() {
    return this.dir === "SG" ? this.initiator : this.responder;
  }

  get both() {
    return [this.initiator, this.responder];
  }

  get code() {
    return this.receiver.last("code").code;
  }

  /** What the initiator's screen says, as `join` takes it. */
  get asked() {
    const { qrText, number } = this.initiator.last("shown");
    return qrText === null
      ? { number, dir: this.dir } : { link: readLink(qrText, ORIGIN) };
  }

  /** Show and scan, up to the code. */
  async meet() {
    const { dir, mode } = this;
    await this.initiator.device.show({ mode, dir });
    await this.responder.device.join(this.asked);
    await settle();
    // Without a socket the initiator asks by POST, after it gave the socket its time.
    if (this.initiator.net.noSocket) await this.clock.pass(4000);
  }

  /** Go on up to the offer. */
  async offer() {
    await this.meet();
    this.sender.device.typeCode(this.code);
    await this.sender.device.sendBundle(await makeBundle());
    await settle();
  }

  /** Go on to the end. */
  async finish() {
    await this.offer();
    await this.receiver.device.accept();
    await settle();
  }

  /** Do all that two people do, whatever happens meanwhile, for as long as it takes. */
  async live() {
    const { dir, mode } = this;
    void this.initiator.device.show({ mode, dir }).catch(() => {});
    for (let second = 0; second < 90; second += 1) {
      await settle();
      await this.#press();
      await settle();
      if (this.both.every((tab) => tab.has("ended"))) return;
      await this.clock.pass(1000);
    }
  }

  #joining = false;

  /** Press what the screens ask for. */
  async #press() {
    const [sender, receiver] = [this.sender.told, this.receiver.told].map((told) =>
      told.findLast(({ state }) => !["cut", "resumed", "joined"].includes(state)));
    if (!this.#joining && this.initiator.has("shown")) {
      this.#joining = true;
      void this.responder.device.join(this.asked).catch(() => {});
    }
    if (sender?.state === "typing" && this.receiver.has("code")) {
      this.sender.device.typeCode(this.code);
    } else if (sender?.state === "matched") {
      if (this.dir === "GK") void this.sender.device.order(ISSUING.order);
      else void this.sender.device.sendBundle(await makeBundle());
    } else if (sender?.state === "requested") {
      // As the page does: what was asked is asked again, and the centre knows it.
      this.posted.push(sender.request.idempotencyKey);
      void this.sender.device.deliver(ISSUED);
    }
    if (receiver?.state === "offer") void this.receiver.device.accept();
    if (receiver?.state === "order") void this.receiver.device.request(REQUEST);
  }
}
