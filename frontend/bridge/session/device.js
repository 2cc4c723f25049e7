/**
 * One device's part in one pairing: either role, either mode, either direction.
 *
 * Knows neither page nor socket nor store: relay, reading, keeping and snapshots come in,
 * states go out to one listener. Keys and digits are dropped when it ends, whatever the
 * reason. A reloaded tab goes on with the same keys (`restore`), or not at all.
 */
import { base64url } from "../../lib/bytes.js";
import { MessageLoop } from "./message_loop.js";
import { ProtocolError } from "../core/kdf.js";
import { ResponderHandshake, InitiatorHandshake } from "../core/handshake.js";
import { SessionSnapshot } from "../transport/session_snapshot.js";
import { writeLink } from "../core/link.js";
import { checkNumber, NumberError } from "../core/pairing_number.js";
import { ReceiverFlow } from "./receiver_flow.js";
import { ResponderFlow } from "./responder_flow.js";
import { SenderFlow } from "./sender_flow.js";
import { InitiatorFlow } from "./initiator_flow.js";
import { Receiver, Sender } from "../core/transfer.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./message_loop.js").StepResult} StepResult */
/** @typedef {import("../core/protocol.js").Dir} Dir */
/** @typedef {import("../core/protocol.js").Mode} Mode */
/** @typedef {import("../transport/relay_client.js").Peer} Peer */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Ports} Ports */
/** @typedef {import("./types.js").Remembered} Remembered */
/** @typedef {{role: "initiator" | "responder", mode: Mode, dir: Dir}} Participation */
/** @typedef {import("./registrar_flow.js").RegistrarFlow} RegistrarFlow */
/** @typedef {import("./key_holder_flow.js").KeyHolderFlow} KeyHolderFlow */
/** What it does when the handshake is through.
 * @typedef {SenderFlow | ReceiverFlow | RegistrarFlow | KeyHolderFlow} TransferFlow
 */
/** What the screen shows for the other device to read.
 * @typedef {{qrText: string | null, number: string | null}} Shown
 */

const TOKEN = 16;

/** One pairing. A fresh code is a fresh Device. */
export class Device {
  /** @type {Ports} */ #ports;
  /** @type {SessionSnapshot} */ #snapshot;
  /** @type {MessageLoop} */ #loop;
  /** @type {Participation} */
  #participation = { role: "initiator", mode: "Q", dir: "GS" };
  /** @type {InitiatorFlow | ResponderFlow | null} */ #handshake = null;
  /** @type {TransferFlow | null} */ #transfer = null;
  /** @type {Shown | null} */ #shown = null;
  /** @type {Peer | null} */ #peer = null;

  /** @param {Ports} ports */
  constructor(ports) {
    this.#ports = ports;
    this.#snapshot = new SessionSnapshot(ports.snapshot);
    this.#loop = new MessageLoop(ports.relay, {
      take: (name, frame) => this.#take(name, frame),
      save: () => this.#save(),
      notify: (state) => ports.notify(state),
      peer: (peer) => this.#joined(peer),
      note: async (note) =>
        this.#transfer instanceof ReceiverFlow ? this.#transfer.receiveNote(note) : null,
      acked: (count) => {
        const transfer = this.#transfer;
        if (transfer !== null && "acked" in transfer) transfer.acked(count);
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
    const saved = await device.#snapshot.reopen();
    if (saved === null) return null;
    try {
      if (ports.relay.restore(saved.relay)) {
        await device.#restore(saved);
        ports.relay.soon(() =>
          void device.#goOn().catch((error) => device.#loop.fail(error)));
        return { device, remembered: saved.remembered ?? {} };
      }
    } catch {
      // Written by another version of this page: nobody can go on with it.
    }
    device.#snapshot.clear();
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
    const handshake = await InitiatorHandshake.begin({ mode, dir }, random);
    this.#participation = { role: "initiator", mode, dir };
    this.#handshake = new InitiatorFlow(handshake);
    this.#loop.next = "m2";
    const { link, m1, sid } = handshake;
    this.#shown = { qrText: link && writeLink(origin, link), number: null };
    await this.#claim("show", { sid, mode, dir, m1 });
  }

  /**
   * Join a pairing that another device shows. Call it when a person pressed, never by
   * itself. A link says the direction; with a number it is what the person pressed.
   * @param {{link: import("../core/link.js").Link} | {number: string, dir: Dir}} asked
   * @returns {Promise<void>}
   * @throws {import("../transport/relay_client.js").RelayError | NumberError} a
   *   mistyped number is refused before anybody is asked
   */
  async join(asked) {
    this.#loop.next = "m1";
    if ("link" in asked) {
      const { link } = asked;
      const handshake = await ResponderHandshake.scanned(link, this.#ports.random);
      this.#participation = { role: "responder", mode: "Q", dir: link.dir };
      this.#handshake = new ResponderFlow(handshake);
      await this.#claim("join", { sid: handshake.sid });
    } else {
      const number = checkNumber(asked.number);
      if (number === null) throw new NumberError();
      this.#participation = { role: "responder", mode: "T", dir: asked.dir };
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
    const sending = this.#transfer;
    if (sending === null || !("typeCode" in sending) || !sending.isTyping) return false;
    if (!/^\d{6}$/.test(digits)) return false;
    let isRight = false;
    this.#attempt(() => {
      this.#snapshot.check();
      const { outcome, right } = sending.typeCode(digits, () => this.#save());
      this.#loop.follow(outcome);
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
    if (!(this.#transfer instanceof SenderFlow) || this.#loop.isOver) return;
    this.#ports.relay.sendNote(await this.#transfer.note(word));
  }

  /**
   * Offer a bundle, and send it when the person at the other device accepts.
   * @param {{offer: import("../core/bundle.js").Offer, payload: Bytes}} bundle
   * @returns {Promise<void>} settles when it is offered, or the pairing has ended
   */
  sendBundle({ offer, payload }) {
    return this.#press(() => this.#half("offer").offer(offer, payload));
  }

  /**
   * Order a certificate for a key that the other device makes.
   * @param {import("../core/order.js").Order} order
   * @returns {Promise<void>} settles when it is ordered, or the pairing has ended
   */
  order(order) {
    return this.#press(() => this.#half("order").order(order));
  }

  /**
   * Bring what the centre answered to the other device.
   * @param {import("../core/order.js").IssuedCertificate
   *   | import("../core/order.js").CentreRefusal} answer
   */
  deliver(answer) {
    return this.#press(() => this.#half("deliver").deliver(answer));
  }

  /**
   * Ask for a certificate for a key that is stored here.
   * @param {import("../core/order.js").KeyRequest} request
   */
  request(request) {
    return this.#press(() => this.#half("request").request(request));
  }

  /** Say that the key of what is issued already is not here. */
  lackKey() {
    return this.#press(() => this.#half("lackKey").lackKey());
  }

  /** Say yes to what is offered. */
  accept() {
    return this.#press(() => this.#half("accept").accept());
  }

  /** Say no to what is offered or ordered. */
  decline() {
    return this.#press(() => this.#half("decline").decline());
  }

  /** Stop, whatever has been reached; only what is just being kept is kept whole. */
  cancel() {
    const transfer = this.#transfer;
    if (transfer !== null && "isKeeping" in transfer && transfer.isKeeping) return;
    this.#attempt(() => {
      this.#snapshot.check();
      this.#loop.end("cancelled");
    });
  }

  /**
   * Keep small plain values of the page's own in the snapshot.
   * @param {Remembered} values
   */
  remember(values) {
    this.#attempt(() => this.#snapshot.write({ remembered: values }));
  }

  /**
   * Let go of keys, digits, line and lock, and tell nobody: the page goes away. Who
   * opens it again goes on with the snapshot; what comes back of this device does
   * nothing any more.
   */
  leave() {
    this.#loop.leave();
    this.#drop();
    this.#snapshot.leave();
  }

  /** Do what a person pressed, unless a newer page goes on.
   * @param {() => Promise<StepResult>} action */
  #press(action) {
    return this.#loop.press(() => {
      this.#snapshot.check();
      return action();
    });
  }

  /** Do what nobody waits for; a fault of it ends the pairing.
   * @param {() => void} action */
  #attempt(action) {
    if (this.#loop.isOver) return;
    try {
      action();
    } catch (error) {
      this.#loop.fail(error);
    }
  }

  /** Whether the certificate goes from here to the other device. */
  get #isSender() {
    const { dir, role } = this.#participation;
    return (dir === "SG") === (role === "responder");
  }

  /**
   * Write down the claim to a seat, and make it.
   * @param {"show" | "join"} event
   * @param {{sid?: Bytes, m1?: Bytes} & Record<string, unknown>} body
   */
  async #claim(event, body) {
    const { random, relay } = this.#ports;
    await this.#snapshot.begin(base64url(random(TOKEN)));
    if (this.#loop.isOver) return this.#snapshot.clear();
    const isMakingKey = this.#participation.dir === "GK";
    relay.prepare(event, { ...body, token: random(TOKEN) }, { isMakingKey });
    await this.#open();
  }

  /** Say `show` or `join`, for the first time or again, then begin. */
  async #open() {
    const { random, relay } = this.#ports;
    const { frames, number, peer, sid } = await relay.open().catch((error) => {
      this.#snapshot.clear();
      throw error;
    });
    if (this.#loop.isOver) return;
    const { dir } = this.#participation;
    this.#handshake ??=
      new ResponderFlow(ResponderHandshake.typed({ sid, dir }, random));
    if (this.#shown !== null) this.#shown = { ...this.#shown, number };
    this.#peer = peer;
    relay.start(frames);
    this.#tellPlace();
  }

  /** @param {string} name @param {Bytes} frame @returns {Promise<StepResult>} */
  async #take(name, frame) {
    this.#snapshot.check();
    if (this.#transfer !== null) return this.#transfer.take(name, frame);
    if (this.#handshake === null) throw new ProtocolError("nobody is met yet");
    const { agreement, ...met } =
      await this.#handshake.take(name, frame, () => this.#save());
    if (agreement === undefined) return { ...met, states: [] };
    this.#handshake = null;
    this.#transfer = await this.#begin(agreement);
    return { ...met, ...this.#transfer.first() };
  }

  /**
   * Return what this device does now that the handshake is through.
   * @param {import("../core/handshake.js").Agreement} agreement
   * @returns {Promise<TransferFlow>}
   */
  async #begin(agreement) {
    const { notify, read, issuing } = this.#ports;
    const keeper = this.#keeperPorts();
    if (this.#participation.dir === "GK") {
      const { registrar, keyHolder } = await issuing();
      return this.#isSender ? registrar(agreement, notify) : keyHolder(agreement, keeper);
    }
    return this.#isSender
      ? new SenderFlow(new Sender(agreement), notify)
      : new ReceiverFlow(new Receiver(agreement, read), keeper);
  }

  /**
   * Return what this device did before its page was loaded anew.
   * @param {any} saved
   * @returns {Promise<TransferFlow>}
   */
  async #restoreTransfer(saved) {
    const { notify, issuing } = this.#ports;
    const keeper = this.#keeperPorts();
    if (this.#participation.dir === "GK") {
      const { restoreRegistrar, restoreKeyHolder } = await issuing();
      return this.#isSender
        ? restoreRegistrar(saved, notify) : restoreKeyHolder(saved, keeper);
    }
    return this.#isSender
      ? SenderFlow.restore(saved, notify) : ReceiverFlow.restore(saved, keeper);
  }

  /**
   * Return the half of this pairing that can do `action`.
   * @template {string} Action
   * @param {Action} action
   * @returns {Extract<TransferFlow, Record<Action, unknown>>}
   */
  #half(action) {
    const half = this.#transfer;
    if (half === null || !(action in half)) throw new ProtocolError("not agreed, or not here");
    return /** @type {any} */ (half);
  }

  /** @param {Peer} peer */
  #joined(peer) {
    this.#peer = peer;
    this.#shown = null; // the code is used
    this.#attempt(() => {
      this.#snapshot.write({ peer, shown: null, relay: this.#ports.relay.save() });
      this.#tellPlace();
    });
  }

  #tellPlace() {
    const { notify, relay: { expiresIn } } = this.#ports;
    if (this.#peer !== null) notify({ state: "joined", peer: this.#peer, expiresIn });
    else if (this.#shown !== null) notify({ state: "shown", ...this.#shown, expiresIn });
  }

  #save() {
    const { next, now } = this.#loop;
    this.#snapshot.write({
      participation: this.#participation,
      next,
      now,
      handshake: this.#handshake?.save() ?? null,
      transfer: this.#transfer?.save() ?? null,
      shown: this.#shown,
      peer: this.#peer,
      relay: this.#ports.relay.save(),
    });
  }

  /** @param {Record<string, any>} page */
  async #restore({ participation, next, now, handshake, transfer, shown, peer }) {
    const { random } = this.#ports;
    this.#participation = participation;
    this.#shown = shown;
    this.#peer = peer;
    Object.assign(this.#loop, { next, now });
    if (handshake !== null) {
      this.#handshake = participation.role === "initiator"
        ? InitiatorFlow.restore(handshake) : ResponderFlow.restore(handshake, random);
    }
    if (transfer === null) return;
    this.#transfer = await this.#restoreTransfer(transfer);
  }

  /** What a half that keeps needs; that it is here is said before it is kept. */
  #keeperPorts() {
    const { read, keep, keepIssued, relay, notify } = this.#ports;
    const notifyBoth = (/** @type {State} */ state) => {
      if (state.state === "keeping") relay.arrived();
      notify(state);
    };
    return { read, keep, keepIssued, notify: notifyBoth };
  }

  /** Tell what was reached, and take up the line. */
  async #goOn() {
    const { relay } = this.#ports;
    if (!relay.isOpen) return this.#open().catch((error) => this.#loop.fail(error));
    this.#tellPlace();
    const { now } = this.#loop;
    // A try that was used and never compared is used all the same.
    if (now?.state === "typing") this.#loop.follow(this.#half("wrong").wrong());
    else if (now !== null) this.#ports.notify(now);
    // The receipt is here, and it may never have been said that it is done.
    if (this.#isSender && this.#transfer?.stored) this.#loop.end("done");
    if (!this.#loop.isOver) relay.start();
  }

  /** @param {import("./message_loop.js").Ending} ending */
  #ended({ reason, code, by }) {
    const { sent = false, stored = false } = this.#transfer ?? {};
    const sender = this.#isSender;
    this.#drop();
    this.#snapshot.clear();
    this.#ports.notify({ state: "ended", reason, code, by, sender, sent, stored });
  }

  #drop() {
    this.#handshake = this.#transfer = this.#shown = null;
    this.#loop.now = null;
  }
}
