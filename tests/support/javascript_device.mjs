/**
 * A device that runs the page's own modules in node, for test_javascript.py.
 *
 * node javascript_device.mjs SERVER show GS|SG Q|T
 * node javascript_device.mjs SERVER join LINK|NUMBER GS|SG
 * A sender reads the digits from standard input. Every state is one line of JSON.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { Device } from "../../frontend/bridge/session/device.js";
import { createRelayClient } from "../../frontend/bridge/transport/connect.js";
import { readLink } from "../../frontend/bridge/core/link.js";
import { hex, fromHex } from "../../frontend/lib/bytes.js";

const [server, what, which, how] = process.argv.slice(2);
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

function notify(state) {
  process.stdout.write(`${JSON.stringify(state)}\n`);
  if (state.state === "offer") void device.accept();
  // Time for the last word of the line, then leave whatever is still open.
  if (state.state === "ended") setTimeout(() => process.exit(0), 300);
}

async function keep(bundle) {
  if (process.env.DISK === "full") throw Object.assign(new Error(), { code: "full" });
  notify({ state: "kept", certificate: hex(bundle.signCert), key: hex(bundle.signPri) });
}

function open(address) {
  const wire = new WebSocket(address);
  wire.on("error", () => {}); // a browser only says that it is closed
  return wire;
}

const device = new Device({
  relay: createRelayClient(page, server, open),
  origin: server,
  random: (size) => crypto.getRandomValues(new Uint8Array(size)),
  snapshot: {
    load: () => null, save: () => true, isNewest: () => true, clear() {}, leave() {},
    hold: async () => true,
  },
  read: () => about,
  keep,
  notify,
});

createInterface({ input: process.stdin }).on("line", (digits) => {
  if (!device.typeCode(digits)) return;
  void device.sendBundle({ offer, payload: fromHex(payload) });
});

if (what === "show") await device.show({ dir: which, mode: how });
else if (which.includes("#")) await device.join({ link: readLink(which, server) });
else await device.join({ number: which, dir: how });
