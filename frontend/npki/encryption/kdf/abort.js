/**
 * Stopping to wait for what itself cannot be stopped.
 */

/**
 * Wait for `work`, or until `signal` is aborted; what `work` does later is of no account.
 * @template T
 * @param {Promise<T>} work
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 * @throws the reason of the signal, once it is aborted
 */
export async function untilAborted(work, signal) {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  /** @type {() => void} */
  let stop = () => {};
  const aborted = new Promise((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (aborted)]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
