/**
 * The device that this browser is: the real line, snapshot, random numbers and reader.
 */
import { readCertificate } from "../../pki/certificate.js";
import { randomBytes } from "../../lib/random.js";
import { Device } from "../session/device.js";
import { createSnapshotStore } from "../transport/session_snapshot.js";
import { createRelayClient } from "../transport/connect.js";

/** What the page hears, and where what arrives is kept.
 * @typedef {Pick<import("../session/device.js").Ports,
 *   "notify" | "keep" | "keepIssued" | "issuing">} PagePorts
 */

/** @param {PagePorts} page */
export const createDevice = (page) => new Device(portsOf(page));

/** @param {PagePorts} page */
export const restoreDevice = (page) => Device.restore(portsOf(page));

/** @param {PagePorts} page @returns {import("../session/device.js").Ports} */
function portsOf(page) {
  return {
    relay: createRelayClient({ document, window }),
    origin: location.origin,
    random: randomBytes,
    snapshot: createSnapshotStore(),
    read: readCertificate,
    ...page,
  };
}
