/**
 * What a device does after the handshake where a certificate is issued for a key of the
 * other one. Apart from the device, since most pairings need none of it.
 */
import { KeyHolder, Registrar } from "../core/remote_issuance.js";
import { KeyHolderFlow } from "./key_holder_flow.js";
import { RegistrarFlow } from "./registrar_flow.js";

/** @typedef {import("../core/handshake.js").Agreement} Agreement */
/** @typedef {import("./key_holder_flow.js").KeyHolderPorts} KeyHolderPorts */
/** @typedef {(state: import("./types.js").State) => void} Notify */

/** Begin it, or go on with what an earlier life of the page was saved as. */
export const issuingParts = Object.freeze({
  /** @param {Agreement} agreement @param {Notify} notify */
  registrar: (agreement, notify) => new RegistrarFlow(new Registrar(agreement), notify),
  restoreRegistrar: RegistrarFlow.restore,
  /** @param {Agreement} agreement @param {KeyHolderPorts} ports */
  keyHolder: (agreement, ports) =>
    new KeyHolderFlow(new KeyHolder(agreement, ports.read), ports),
  restoreKeyHolder: KeyHolderFlow.restore,
});

/** @typedef {typeof issuingParts} IssuingParts */
