/**
 * The worker that reads QR codes with zxing, away from the page's own thread.
 *
 * Loaded only when a person asks for the scanner. Takes {id, image}, gives {id, text};
 * says {ready} once when its wasm is there, and nothing ever when it cannot be.
 */
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

/** @typedef {{id: number, image: ImageData}} Question */

/** Served beside this script, never from another host. */
const WASM = new URL("./zxing_reader.wasm", import.meta.url).href;

await prepareZXingModule({
  overrides: { locateFile: () => WASM },
  fireImmediately: true,
});
addEventListener("message", async (/** @type {MessageEvent<Question>} */ { data }) => {
  const [barcode] = await readBarcodes(data.image, {
    formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1,
  }).catch(() => []);
  postMessage({ id: data.id, text: barcode?.text || null });
});
postMessage({ ready: true });
