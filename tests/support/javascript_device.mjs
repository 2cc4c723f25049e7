/**
 * A device that runs the page's own modules in node, for test_javascript.py.
 *
 * node javascript_device.mjs SERVER show GS|SG Q|T
 * node javascript_device.mjs SERVER join LINK|NUMBER GS|SG
 * A sender reads the digits from standard input. Every state is one line of JSON.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
// @ts-expect-error ws brings no types
import { WebSocket } from "ws";
import { Device } from "../../frontend/bridge/session/device.js";
import { createRelayClient } from "../../frontend/bridge/transport/connect.js";
import { readLink } from "../../frontend/bridge/core/link.js";
import { hex, fromHex } from "../../frontend/lib/bytes.js";

/** @typedef {import("../../frontend/bridge/core/protocol.js").Dir} Dir */
/** @typedef {import("../../frontend/bridge/core/protocol.js").Mode} Mode */

const [server, action, target, option] = process.argv.slice(2);
const vector = new URL("../vectors/brg1_bundle.json", import.meta.url);
const { offer, payload } = JSON.parse(readFileSync(vector, "utf8"));

const about = {
  ...offer,
  issuerName: offer.issuer,
  notBefore: new Date(offer.not_before),
  notAfter: new Date(offer.not_after),
};
const page = {
  document: Object.assign(new EventTarget(), { visibilityState: "visible" }),
  window: new EventTarget(),
};

/** @param {import("../../frontend/bridge/session/types.js").State} state */
function notify(state) {
  process.stdout.write(`${JSON.stringify(state)}\n`);
  if (state.state === "offer") void device.accept();
  // Time for the last word of the line, then leave whatever is still open.
  if (state.state === "ended") setTimeout(() => process.exit(0), 300);
}

/** @param {import("../../frontend/bridge/core/bundle.js").Bundle} bundle */
async function keep(bundle) {
  if (process.env.DISK === "full") throw Object.assign(new Error(), { code: "full" });
  const [certificate, key] = [hex(bundle.signCert), hex(bundle.signPri)];
  notify(/** @type {any} */ ({ state: "kept", certificate, key }));
}

/** @param {string} address */
function open(address) {
  const socket = new WebSocket(address);
  socket.on("error", () => {}); // a browser only says that it is closed
  return socket;
}

const device = new Device({
  relay: createRelayClient(page, server, open),
  origin: server,
  random: (size) => crypto.getRandomValues(new Uint8Array(size)),
  snapshot: {
    load: () => null, save: () => true, isNewest: () => true, clear() {}, leave() {},
    drop() {},
    hold: async () => true,
  },
  read: () => about,
  keep,
  keepIssued: async () => { throw new Error("nothing is issued here"); },
  issuing: async () => { throw new Error("nothing is issued here"); },
  notify,
});

createInterface({ input: process.stdin }).on("line", (digits) => {
  if (!device.typeCode(digits)) return;
  void device.sendBundle({ offer, payload: fromHex(payload) });
});

if (action === "show")
  await device.show({ dir: /** @type {Dir} */ (target), mode: /** @type {Mode} */ (option) });
else if (target.includes("#")) await device.join({ link: readLink(target, server) });
else await device.join({ number: target, dir: /** @type {Dir} */ (option) });
