/**
 * The worker that derives keys beside the page. Whoever started it ends it.
 */
import { deriveKey } from "./kdf_tasks.js";

/** @type {any} What a worker has around it; no library here types it. */
const worker = self;

worker.addEventListener("message", async (/** @type {MessageEvent} */ { data }) => {
  try {
    worker.postMessage({ key: await deriveKey(data, null) });
  } catch (error) {
    worker.postMessage({ error: String(error) }); // names no secret: of the platform
  }
});
worker.postMessage("ready");
