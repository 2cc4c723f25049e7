/**
 * The device that this browser is: the real line, journal, random numbers and reader.
 */
import { readCertificate } from "../../pki/certificate.js";
import { randomBytes } from "../../pki/random.js";
import { Device } from "./device.js";
import { makeJournal } from "../transport/session_snapshot.js";
import { createRelayClient } from "../transport/connect.js";

/** What the page hears, and where what arrives is kept.
 * @typedef {Pick<import("./device.js").Ports, "tell" | "keep">} PagePorts
 */

/** @param {PagePorts} page */
export const makeDevice = (page) => new Device(portsOf(page));

/** @param {PagePorts} page */
export const restoreDevice = (page) => Device.restore(portsOf(page));

/** @param {PagePorts} page @returns {import("./device.js").Ports} */
function portsOf({ tell, keep }) {
  return {
    relay: createRelayClient({ document, window }),
    origin: location.origin,
    random: randomBytes,
    journal: makeJournal(),
    read: readCertificate,
    keep,
    tell,
  };
}
