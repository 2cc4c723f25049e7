/**
 * What a device needs of its page, and what it tells it: the same states for every
 * role, mode and direction.
 *
 * Types alone; device.js says them, the pages show them.
 */

/** @typedef {import("../transport/relay_client.js").Peer} Peer */
/** @typedef {import("../transport/relay_client.js").Reason} Reason */
/** Who ended it. @typedef {"self" | "peer" | "relay"} By */
/**
 * `sent` and `stored` tell what an end means: sent and not stored is the one case in
 * which a sender does not know whether the other device has it.
 * @typedef {{state: "ended", reason: Reason, code: string | null, by: By,
 *   sender: boolean, sent: boolean, stored: boolean}} Ended
 */
/**
 * @typedef {{state: "shown", qrText: string | null, number: string | null,
 *     expiresIn: number}
 *   | {state: "joined", peer: Peer, expiresIn: number}
 *   | {state: "typing", triesLeft: number}
 *   | {state: "code", code: string}
 *   | {state: "unstored", code: string}
 *   | {state: "offer", offer: import("../core/bundle.js").Offer}
 *   | {state: "matched", asks?: import("../core/channel.js").Note}
 *   | {state: "order", order: import("../core/order.js").Order}
 *   | {state: "requested", request: import("../core/order.js").KeyRequest}
 *   | {state: "refused", code: string}
 *   | {state: "ordered" | "asking"}
 *   | {state: "offered" | "seen" | "accepted" | "sent" | "arrived" | "receiving"
 *     | "keeping" | "stored" | "cut" | "resumed"}
 *   | {state: "presence", presence: import("../transport/relay_client.js").Presence}
 *   | Ended} State
 */
/**
 * `seen` and `arrived` are told when the other device has the offer and the bundle;
 * `matched` with `asks`, at the receiver, when the digits were typed at the sender;
 * `order`, at the key holder, what key to make; `requested`, at the registrar, what to ask
 * the centre with; `refused`, at the key holder, why the centre issues none;
 * `presence` when the other device goes, comes back, or shows something else.
 */
/**
 * `keep` and `keepIssued` resolve only when it is stored durably and was read back;
 * `issuing` loads what only direction GK needs.
 * @typedef {{
 *   relay: import("../transport/relay_client.js").RelayClient,
 *   origin: string,
 *   random: import("../core/handshake.js").Random,
 *   snapshot: import("../transport/session_snapshot.js").SnapshotStore,
 *   read(certificate: import("../../lib/bytes.js").Bytes
 *     ): import("../../pki/certificate.js").Certificate,
 *   keep(bundle: import("../core/bundle.js").Bundle,
 *     offer: import("../core/bundle.js").Offer): Promise<void>,
 *   keepIssued(issued: import("../core/order.js").IssuedCertificate,
 *     order: import("../core/order.js").Order): Promise<void>,
 *   issuing(): Promise<import("./issuing_parts.js").IssuingParts>,
 *   notify(state: State): void,
 * }} Ports
 */
/** Plain values of the page's own. @typedef {Record<string, unknown>} Remembered */

export {};
