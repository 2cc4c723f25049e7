/**
 * Requests to the relay by POST: one request each, over the page's own connection.
 *
 * Knows no pairing. Whatever answers instead of the relay (a proxy, a server that just
 * starts) is told apart by its status alone.
 */

/** @typedef {import("./transport.js").HttpPost} HttpPost */
/** @typedef {import("./transport.js").Reply} Reply */

const CODES = new Map([
  [400, "bad_request"], [404, "not_available"], [409, "out_of_turn"], [410, "ended"],
  [413, "too_large"], [429, "too_many"],
]);

/**
 * Return the way to the relay by POST.
 * @param {string} [server] like "http://127.0.0.1:8000"; this page's own when left out
 * @param {typeof fetch} [send]
 * @returns {HttpPost}
 */
export function createHttpPost(server = "", send = (...all) => fetch(...all)) {
  return async (event, body, { milliseconds, keepalive = false, signal }) => {
    const controller = new AbortController();
    const stop = () => controller.abort();
    signal?.addEventListener("abort", stop);
    const timer = setTimeout(stop, milliseconds);
    try {
      // Cookies change nothing here; without them the browser would open another
      // connection, which costs a far phone three round trips.
      const response = await send(`${server}/bridge/${event}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        cache: "no-store",
        keepalive,
        signal: controller.signal,
      });
      return await readReply(response);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  };
}

/** @param {Response} response @returns {Promise<Reply>} */
async function readReply(response) {
  const reply = await response.json().catch(() => null);
  if (typeof reply?.ok === "boolean") return reply;
  return { ok: false, code: CODES.get(response.status) ?? "unavailable" };
}
