/**
 * One device's part in one pairing: either role, either mode, either direction.
 *
 * Knows neither page nor socket nor store: relay, reading, keeping and journal come in,
 * states go out to one listener. Keys and digits are dropped when it ends, whatever the
 * reason. A reloaded tab goes on with the same keys (`restore`), or not at all.
 */
import { base64url } from "../../lib/bytes.js";
import { Conversation } from "./message_loop.js";
import { ProtocolError } from "../core/kdf.js";
import { ScannerHandshake, ShowerHandshake } from "../core/handshake.js";
import { Journal } from "../transport/session_snapshot.js";
import { writeLink } from "../core/link.js";
import { checkNumber, NumberError } from "../core/pairing_number.js";
import { Receiving } from "./receiver_flow.js";
import { Scanner } from "./responder_flow.js";
import { Sending } from "./sender_flow.js";
import { Shower } from "./initiator_flow.js";
import { Receiver, Sender } from "../core/transfer.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./message_loop.js").Outcome} Outcome */
/** @typedef {import("../core/protocol.js").Dir} Dir */
/** @typedef {import("../core/protocol.js").Mode} Mode */
/** @typedef {import("../transport/relay_client.js").Peer} Peer */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Ports} Ports */
/** @typedef {import("./types.js").Remembered} Remembered */
/** @typedef {{role: "shower" | "scanner", mode: Mode, dir: Dir}} Part */
/** What the screen shows for the other device to read.
 * @typedef {{qrText: string | null, number: string | null}} Shown
 */

const TOKEN = 16;

/** One pairing. A fresh code is a fresh Device. */
export class Device {
  /** @type {Ports} */ #ports;
  /** @type {Journal} */ #journal;
  /** @type {Conversation} */ #talk;
  /** @type {Part} */ #part = { role: "shower", mode: "Q", dir: "GS" };
  /** @type {Shower | Scanner | null} */ #meeting = null;
  /** @type {Sending | Receiving | null} */ #moving = null;
  /** @type {Shown | null} */ #shown = null;
  /** @type {Peer | null} */ #peer = null;

  /** @param {Ports} ports */
  constructor(ports) {
    this.#ports = ports;
    this.#journal = new Journal(ports.journal);
    this.#talk = new Conversation(ports.relay, {
      take: (name, frame) => this.#take(name, frame),
      save: () => this.#save(),
      tell: (state) => ports.tell(state),
      peer: (peer) => this.#meet(peer),
      note: async (note) =>
        this.#moving instanceof Receiving ? this.#moving.hear(note) : null,
      acked: (count) => {
        if (this.#moving instanceof Sending) this.#moving.got(count);
      },
      ended: (ending) => this.#ended(ending),
    });
  }

  /**
   * Go on with the pairing of this tab's earlier life. What it has reached is told
   * again soon after this has resolved.
   * @param {Ports} ports
   * @returns {Promise<{device: Device, remembered: Remembered} | null>} null when there
   *   is none, it is too old, or another tab has it
   */
  static async restore(ports) {
    const device = new Device(ports);
    const page = await device.#journal.reopen();
    if (page === null) return null;
    try {
      if (ports.relay.restore(page.relay)) {
        device.#restore(page);
        ports.relay.soon(() =>
          void device.#goOn().catch((error) => device.#talk.fail(error)));
        return { device, remembered: page.remembered ?? {} };
      }
    } catch {
      // Written by another version of this page: nobody can go on with it.
    }
    device.#journal.clear();
    return null;
  }

  /**
   * Open a pairing and show its code: a QR code (mode Q) or a number (mode T).
   * @param {{dir: Dir, mode: Mode}} how "GS": this device sends; "SG": it receives
   * @returns {Promise<void>}
   * @throws {import("../transport/relay_client.js").RelayError}
   */
  async show({ dir, mode }) {
    const { origin, random } = this.#ports;
    const handshake = await ShowerHandshake.begin({ mode, dir }, random);
    this.#part = { role: "shower", mode, dir };
    this.#meeting = new Shower(handshake);
    this.#talk.next = "m2";
    const { link, m1, sid } = handshake;
    this.#shown = { qrText: link && writeLink(origin, link), number: null };
    await this.#claim("show", { sid, mode, dir, m1 });
  }

  /**
   * Join a pairing that another device shows. Call it when a person pressed, never by
   * itself. A link says the direction; with a number it is what the person pressed.
   * @param {{link: import("../core/link.js").Link} | {number: string, dir: Dir}} asked
   * @returns {Promise<void>}
   * @throws {import("../transport/relay_client.js").RelayError | NumberError} a mistyped number is
   *   refused before anybody is asked
   */
  async join(asked) {
    this.#talk.next = "m1";
    if ("link" in asked) {
      const { link } = asked;
      const handshake = await ScannerHandshake.scanned(link, this.#ports.random);
      this.#part = { role: "scanner", mode: "Q", dir: link.dir };
      this.#meeting = new Scanner(handshake);
      await this.#claim("join", { sid: handshake.sid });
    } else {
      const number = checkNumber(asked.number);
      if (number === null) throw new NumberError();
      this.#part = { role: "scanner", mode: "T", dir: asked.dir };
      await this.#claim("join", { number });
    }
  }

  /**
   * Compare the digits a person read from the other screen; three tries.
   * @param {string} typed what is not six digits costs no try
   * @returns {boolean}
   */
  typeCode(typed) {
    const digits = typed.replace(/[\s-]/g, "");
    const sending = this.#moving;
    if (!(sending instanceof Sending) || !sending.isTyping) return false;
    if (!/^\d{6}$/.test(digits)) return false;
    let isRight = false;
    this.#attempt(() => {
      this.#journal.check();
      const { outcome, right } = sending.typeCode(digits, () => this.#save());
      this.#talk.follow(outcome);
      isRight = right;
    });
    return isRight;
  }

  /**
   * Let the receiver know what is waited for here, now that the digits were right.
   * @param {import("../core/channel.js").Note} word
   * @returns {Promise<void>}
   */
  async announce(word) {
    if (!(this.#moving instanceof Sending) || this.#talk.isOver) return;
    this.#ports.relay.sendNote(await this.#moving.note(word));
  }

  /**
   * Offer a bundle, and send it when the person at the other device accepts.
   * @param {{offer: import("../core/bundle.js").Offer, payload: Bytes}} bundle
   * @returns {Promise<void>} settles when it is offered, or the pairing has ended
   */
  sendBundle({ offer, payload }) {
    return this.#press(() => this.#half(Sending).offer(offer, payload));
  }

  /** Say yes to what is offered. */
  accept() {
    return this.#press(() => this.#half(Receiving).accept());
  }

  /** Say no to what is offered. */
  decline() {
    return this.#press(() => this.#half(Receiving).decline());
  }

  /** Stop, whatever has been reached; only what is just being kept is kept whole. */
  cancel() {
    const moving = this.#moving;
    if (moving instanceof Receiving && moving.isKeeping) return;
    this.#attempt(() => {
      this.#journal.check();
      this.#talk.end("cancelled");
    });
  }

  /**
   * Keep small plain values of the page's own in the journal.
   * @param {Remembered} values
   */
  remember(values) {
    this.#attempt(() => this.#journal.write({ remembered: values }));
  }

  /**
   * Let go of keys, digits, line and lock, and tell nobody: the page goes away. Who
   * opens it again goes on with the journal; what comes back of this device does
   * nothing any more.
   */
  leave() {
    this.#talk.leave();
    this.#drop();
    this.#journal.leave();
  }

  /** Do what a person pressed, unless a newer page goes on.
   * @param {() => Promise<Outcome>} action */
  #press(action) {
    return this.#talk.press(() => {
      this.#journal.check();
      return action();
    });
  }

  /** Do what nobody waits for; a fault of it ends the pairing.
   * @param {() => void} action */
  #attempt(action) {
    if (this.#talk.isOver) return;
    try {
      action();
    } catch (error) {
      this.#talk.fail(error);
    }
  }

  get #isSender() {
    const { dir, role } = this.#part;
    return (dir === "GS") === (role === "shower");
  }

  /**
   * Write down the claim to a seat, and make it.
   * @param {"show" | "join"} event
   * @param {{sid?: Bytes, m1?: Bytes} & Record<string, unknown>} body
   */
  async #claim(event, body) {
    const { random, relay } = this.#ports;
    await this.#journal.begin(base64url(random(TOKEN)));
    if (this.#talk.isOver) return this.#journal.clear();
    relay.prepare(event, { ...body, token: random(TOKEN) });
    await this.#open();
  }

  /** Say `show` or `join`, for the first time or again, then begin. */
  async #open() {
    const { random, relay } = this.#ports;
    const { frames, number, peer, sid } = await relay.open().catch((error) => {
      this.#journal.clear();
      throw error;
    });
    if (this.#talk.isOver) return;
    const { dir } = this.#part;
    this.#meeting ??= new Scanner(ScannerHandshake.typed({ sid, dir }, random));
    if (this.#shown !== null) this.#shown = { ...this.#shown, number };
    this.#peer = peer;
    relay.start(frames);
    this.#tellPlace();
  }

  /** @param {string} name @param {Bytes} frame @returns {Promise<Outcome>} */
  async #take(name, frame) {
    this.#journal.check();
    if (this.#moving !== null) return this.#moving.take(name, frame);
    if (this.#meeting === null) throw new ProtocolError("nobody is met yet");
    const { agreement, ...met } =
      await this.#meeting.take(name, frame, () => this.#save());
    if (agreement === undefined) return { ...met, states: [] };
    this.#meeting = null;
    this.#moving = this.#isSender
      ? new Sending(new Sender(agreement), this.#ports.tell)
      : new Receiving(new Receiver(agreement, this.#ports.read), this.#ofReceiving());
    return { ...met, ...this.#moving.first() };
  }

  /**
   * @template {Sending | Receiving} Half
   * @param {new (...all: any[]) => Half} kind
   * @returns {Half}
   */
  #half(kind) {
    if (this.#moving instanceof kind) return this.#moving;
    throw new ProtocolError("nothing is agreed yet");
  }

  /** @param {Peer} peer */
  #meet(peer) {
    this.#peer = peer;
    this.#shown = null; // the code is used
    this.#attempt(() => {
      this.#journal.write({ peer, shown: null, relay: this.#ports.relay.save() });
      this.#tellPlace();
    });
  }

  #tellPlace() {
    const { tell, relay: { expiresIn } } = this.#ports;
    if (this.#peer !== null) tell({ state: "joined", peer: this.#peer, expiresIn });
    else if (this.#shown !== null) tell({ state: "shown", ...this.#shown, expiresIn });
  }

  #save() {
    const { next, now } = this.#talk;
    this.#journal.write({
      part: this.#part,
      next,
      now,
      meeting: this.#meeting?.save() ?? null,
      moving: this.#moving?.save() ?? null,
      shown: this.#shown,
      peer: this.#peer,
      relay: this.#ports.relay.save(),
    });
  }

  /** @param {Record<string, any>} page */
  #restore({ part, next, now, meeting, moving, shown, peer }) {
    const { random, tell } = this.#ports;
    this.#part = part;
    this.#shown = shown;
    this.#peer = peer;
    Object.assign(this.#talk, { next, now });
    if (meeting !== null) {
      this.#meeting = part.role === "shower"
        ? Shower.restore(meeting) : Scanner.restore(meeting, random);
    }
    if (moving === null) return;
    this.#moving = this.#isSender
      ? Sending.restore(moving, tell) : Receiving.restore(moving, this.#ofReceiving());
  }

  /** What the receiving half needs; that the bundle is here is said before it is kept. */
  #ofReceiving() {
    const { read, keep, relay, tell } = this.#ports;
    const heard = (/** @type {State} */ state) => {
      if (state.state === "keeping") relay.arrived();
      tell(state);
    };
    return { read, keep, tell: heard };
  }

  /** Tell what was reached, and take up the line. */
  async #goOn() {
    const { relay } = this.#ports;
    if (!relay.isOpen) return this.#open().catch((error) => this.#talk.fail(error));
    this.#tellPlace();
    const { now } = this.#talk;
    // A try that was used and never compared is used all the same.
    if (now?.state === "typing") this.#talk.follow(this.#half(Sending).wrong());
    else if (now !== null) this.#ports.tell(now);
    // The receipt is here, and it may never have been said that it is done.
    if (this.#isSender && this.#moving?.stored) this.#talk.end("done");
    if (!this.#talk.isOver) relay.start();
  }

  /** @param {import("./message_loop.js").Ending} ending */
  #ended({ reason, code, by }) {
    const { sent = false, stored = false } = this.#moving ?? {};
    const sender = this.#isSender;
    this.#drop();
    this.#journal.clear();
    this.#ports.tell({ state: "ended", reason, code, by, sender, sent, stored });
  }

  #drop() {
    this.#meeting = this.#moving = this.#shown = null;
    this.#talk.now = null;
  }
}
