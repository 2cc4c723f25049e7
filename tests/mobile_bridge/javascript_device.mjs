/**
 * A device that runs the page's own modules in node, for test_javascript.py.
 *
 * node javascript_device.mjs scan SERVER LINK   joins, accepts, keeps
 * node javascript_device.mjs show SERVER        shows; reads the digits from stdin
 * Every state is one line of JSON.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { makeLine, makeRelay } from "../../frontend/bridge/line.js";
import { readLink } from "../../frontend/bridge/link.js";
import { Scanner } from "../../frontend/bridge/scanner.js";
import { Shower } from "../../frontend/bridge/shower.js";
import { hex, unhex } from "../../frontend/lib/bytes.js";

const [what, server, link] = process.argv.slice(2);
const vector = new URL("../vectors/brg1_bundle.json", import.meta.url);
const { offer, payload } = JSON.parse(readFileSync(vector, "utf8"));

const about = { ...offer, issuerName: offer.issuer, notAfter: new Date(offer.not_after) };
const page = {
  document: Object.assign(new EventTarget(), { visibilityState: "visible" }),
  window: new EventTarget(),
};
const relay = makeRelay(page, makeLine(server));
const random = (size) => crypto.getRandomValues(new Uint8Array(size));

function tell(state) {
  process.stdout.write(`${JSON.stringify(state)}\n`);
  if (state.state === "offer") void device.accept();
  // Time for the last word of the line, then leave whatever is still open.
  if (state.state === "ended") setTimeout(() => process.exit(0), 300);
}

async function keep(bundle) {
  tell({ state: "kept", certificate: hex(bundle.signCert), key: hex(bundle.signPri) });
}

const device = what === "scan"
  ? new Scanner({ relay, random, read: () => about, keep, tell })
  : new Shower({ relay, origin: server, random, tell });

if (what === "scan") {
  await device.join(readLink(link, server));
} else {
  await device.start();
  createInterface({ input: process.stdin }).on("line", (digits) => {
    if (!device.typeCode(digits)) return;
    void device.sendBundle({ offer, payload: unhex(payload) });
  });
}
