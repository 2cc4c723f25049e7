/**
 * Deriving a key that takes long: in a worker, so that the page stays usable, and so that
 * it can be stopped. Where no worker can be had, in the page, which breathes meanwhile.
 *
 * Loaded when a file first asks for so much work.
 */

import { untilAborted } from "./abort.js";
import { loadModule } from "../../../lib/lazy.js";

/** @typedef {import("../../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./kdf_tasks.js").KdfRequest} KdfRequest */

/** A script that does not come in this time is not waited for. */
const PATIENCE_MS = 3_000;
/** A file asks several times in a row; what a worker knew goes with it soon after. */
const IDLE_MS = 2_000;

/** No worker could be had, or it could not do it; the page tries it itself. */
class NoWorkerError extends Error {}

/** The worker that waits for more, if there is one. @type {Worker | null} */
let idleWorker = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let idleTimer;

/**
 * Derive a key, however long it takes.
 * @param {KdfRequest} request
 * @param {AbortSignal} [signal] ends it
 * @returns {Promise<Bytes>}
 * @throws the reason of the signal, once it is aborted
 */
export async function deriveSlowly(request, signal) {
  signal?.throwIfAborted();
  try {
    return await deriveInWorker(request, signal);
  } catch (error) {
    if (!(error instanceof NoWorkerError)) throw error;
    const { deriveKey } = await loadModule(() => import("./kdf_tasks.js"));
    return untilAborted(deriveKey(request, { signal }), signal);
  }
}

/**
 * @param {KdfRequest} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Bytes>}
 */
async function deriveInWorker(request, signal) {
  const worker = takeIdleWorker() ?? (await startWorker(signal));
  try {
    worker.postMessage(request);
    const { key } = await untilAborted(nextMessage(worker), signal);
    if (!(key instanceof Uint8Array)) throw new NoWorkerError();
    keepIdle(worker);
    return /** @type {Bytes} */ (key);
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** @param {AbortSignal} [signal] @returns {Promise<Worker>} that has said that it is there */
async function startWorker(signal) {
  const worker = createWorker();
  try {
    await untilAborted(nextMessage(worker, PATIENCE_MS), signal);
    return worker;
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** @returns {Worker} */
function createWorker() {
  try {
    // Within the scope of the wallet's service worker, which has it without a network.
    const address = new URL("/wallet/app/kdf_worker.js", import.meta.url);
    return new Worker(address, { type: "module" });
  } catch (error) {
    throw new NoWorkerError("no worker", { cause: error }); // also where there are none
  }
}

/**
 * @param {Worker} worker
 * @param {number} [patience] milliseconds; forever, if absent
 * @returns {Promise<any>}
 * @throws {NoWorkerError} when it cannot be loaded, or says nothing
 */
function nextMessage(worker, patience) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const message = new Promise((resolve, reject) => {
    const giveUp = () => reject(new NoWorkerError());
    if (patience !== undefined) timer = setTimeout(giveUp, patience);
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = worker.onmessageerror = giveUp;
  });
  return message.finally(() => clearTimeout(timer));
}

function takeIdleWorker() {
  clearTimeout(idleTimer);
  const worker = idleWorker;
  idleWorker = null;
  return worker;
}

/** Keep a worker for a moment; of two that end at once, one. @param {Worker} worker */
function keepIdle(worker) {
  takeIdleWorker()?.terminate();
  idleWorker = worker;
  idleTimer = setTimeout(() => takeIdleWorker()?.terminate(), IDLE_MS);
}
