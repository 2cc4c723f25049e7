/**
 * Asking our own server: one way to ask, one way to be refused.
 *
 * Carries the CSRF token, never a cookie of its own making, and never leaves the
 * origin. A refusal brings its sentence and what to do next, in the page's language.
 */

/**
 * @typedef {object} Settings
 * @property {string} csrf the token that the page was served with
 * @property {typeof fetch} fetch
 * @property {number} timeout milliseconds until no answer counts as none
 */

/** @type {Settings} */
let settings = {
  csrf: "",
  fetch: (input, init) => globalThis.fetch(input, init),
  timeout: 30_000,
};

/**
 * @typedef {object} ApiErrorFields
 * @property {string} code
 * @property {string} [sentence] for the person, in their language
 * @property {string} [next] what to do now, for the person
 * @property {number} [status] of HTTP; 0 when nothing answered
 */

/** The server said no, or said nothing; `code` tells which. */
export class ApiError extends Error {
  /** @param {ApiErrorFields} why */
  constructor({ code, sentence = "", next = "", status = 0 }) {
    super(code);
    /** @readonly */ this.code = code;
    /** @readonly */ this.sentence = sentence;
    /** @readonly */ this.next = next;
    /** @readonly */ this.status = status;
  }
}

/**
 * Say once, when the page starts, what every later request needs.
 * @param {Partial<Settings>} changes
 */
export function configure(changes) {
  settings = { ...settings, ...changes };
}

/**
 * Post `body`: bytes as they are, anything else as JSON.
 * @param {string} url
 * @param {Uint8Array | object} [body]
 * @param {{headers?: Record<string, string>, timeout?: number}} [options] `timeout` in
 *   milliseconds, where much is sent
 * @returns {Promise<Response>}
 * @throws {ApiError} when the answer is no, or there is none (`offline`)
 */
export async function post(url, body = {}, { headers = {}, timeout } = {}) {
  const bytes = body instanceof Uint8Array;
  const type = bytes ? "application/octet-stream" : "application/json";
  const options = {
    method: "POST",
    headers: { "Content-Type": type, "X-CSRFToken": settings.csrf, ...headers },
    body: bytes ? Uint8Array.from(body) : JSON.stringify(body),
  };
  return request(url, options, timeout);
}

/**
 * Get `url`.
 * @param {string} url
 * @param {{timeout?: number, credentials?: RequestCredentials}} [options] `timeout` in
 *   milliseconds; "omit" where the answer is the same for everybody
 * @returns {Promise<Response>}
 * @throws {ApiError} when the answer is no, or there is none (`offline`)
 */
export const get = (url, { timeout, credentials } = {}) =>
  request(url, { method: "GET", credentials }, timeout);

/**
 * @param {string} url
 * @param {RequestInit & {headers?: Record<string, string>}} options
 * @param {number} [timeout]
 * @returns {Promise<Response>}
 */
async function request(url, options, timeout = settings.timeout) {
  const response = await fetchResponse(url, {
    ...options,
    headers: { Accept: "application/json, */*;q=0.5", ...options.headers },
    credentials: options.credentials ?? "same-origin",
    // A redirect would end at a page for people, which is no answer to a script.
    redirect: "manual",
    cache: "no-store",
    signal: AbortSignal.timeout(timeout),
  });
  if (response.ok) return response;
  throw await readApiError(response);
}

/** @param {string} url @param {RequestInit} options */
async function fetchResponse(url, options) {
  try {
    return await settings.fetch(url, options);
  } catch {
    throw new ApiError({ code: "offline" });
  }
}

/** @param {Response} response */
async function readApiError(response) {
  const { status } = response;
  /** @type {unknown} */
  const body = await response.json().catch(() => null);
  const { code, sentence, next } = /** @type {Record<string, unknown>} */ (body ?? {});
  if (typeof code !== "string") {
    return new ApiError({ code: "unexpected_answer", status });
  }
  return new ApiError({ code, sentence: text(sentence), next: text(next), status });
}

/** @param {unknown} words */
const text = (words) => (typeof words === "string" ? words : "");
