/**
 * What the wallet's service worker does with requests and with editions. Pure: the caches,
 * the network and the open windows come in.
 *
 * It keeps files that are the same for everybody, under the one edition they belong to,
 * and one page without a name or a token. The page that the centre serves is asked for at
 * every visit and never kept: it may say who is signed in.
 */

/**
 * @typedef {object} Edition
 * @property {string} version
 * @property {string} page address of the page that is shown without a network
 * @property {string[]} files addresses of all that it loads
 */

/**
 * @typedef {object} Surroundings
 * @property {Pick<CacheStorage, "open" | "keys" | "delete">} caches
 * @property {typeof fetch} fetch
 * @property {() => Promise<readonly {url: string}[]>} windows pages of this origin
 * @property {() => Promise<void>} skipWaiting
 * @property {string} origin
 * @property {(milliseconds: number) => Promise<never>} timeout rejects after a while
 */

/** Of the wallet; every other cache of this origin is somebody else's. */
const PREFIX = "wallet-";
/** The page itself, with or without what stands after "?". */
const WALLET = "/wallet";
/** A network that is there and does not answer: then what is kept is shown. */
const PATIENCE_MS = 8_000;

/** One edition of the wallet's files; its worker is made once. */
export class OfflineEdition {
  #edition;
  #around;

  /** @param {Edition} edition @param {Surroundings} around */
  constructor(edition, around) {
    this.#edition = edition;
    this.#around = around;
  }

  /**
   * Fetch and keep everything of this edition, or nothing.
   * @throws {TypeError} where one of them is not there; an older edition then goes on
   */
  async install() {
    const { page, files } = this.#edition;
    const answers = await Promise.all(
      [page, ...files].map(async (url) => ({ url, answer: await this.#fetchPublic(url) })),
    );
    const cache = await this.#cache();
    await Promise.all(answers.map(({ url, answer }) => cache.put(url, answer)));
  }

  /** Delete what older editions kept. */
  async activate() {
    const names = await this.#around.caches.keys();
    const old = names.filter((name) => name.startsWith(PREFIX) && name !== this.#name);
    await Promise.all(old.map((name) => this.#around.caches.delete(name)));
  }

  /**
   * Answer a request, or return null where the browser itself is to ask the network.
   * @param {Pick<Request, "method" | "mode" | "url">} request
   * @returns {Promise<Response> | null}
   */
  answer(request) {
    const { origin, pathname, search } = new URL(request.url);
    if (request.method !== "GET" || origin !== this.#around.origin) return null;
    if (request.mode === "navigate")
      return pathname === WALLET ? this.#answerPage(request) : null;
    const isOurs = this.#edition.files.includes(pathname + search);
    return isOurs ? this.#answerFile(request, pathname + search) : null;
  }

  /**
   * Take over from an older edition, if the only open wallet is of this one: an older
   * page in another tab may still need a file that goes with its edition.
   * @param {string} script address of the script of the page that asks
   */
  async takeOver(script) {
    const windows = await this.#around.windows();
    const wallets = windows.filter(({ url }) => new URL(url).pathname === WALLET);
    const isOwn = this.#edition.files.includes(script);
    if (isOwn && wallets.length <= 1) await this.#around.skipWaiting();
  }

  get #name() {
    return `${PREFIX}${this.#edition.version}`;
  }

  #cache() {
    return this.#around.caches.open(this.#name);
  }

  /** @param {string} url */
  async #fetchPublic(url) {
    const isPage = url === this.#edition.page;
    const answer = await this.#around.fetch(url, {
      credentials: "omit", // as nobody: what is kept here names no one
      cache: isPage ? "no-store" : "default",
      redirect: "error",
    });
    if (!answer.ok) throw new TypeError(`${url}: ${answer.status}`);
    return answer;
  }

  /** @param {Pick<Request, "method" | "mode" | "url">} request */
  async #answerPage(request) {
    const { fetch, timeout } = this.#around;
    try {
      return await Promise.race([
        fetch(/** @type {Request} */ (request)),
        timeout(PATIENCE_MS),
      ]);
    } catch (error) {
      const page = await (await this.#cache()).match(this.#edition.page);
      if (page === undefined) throw error; // the browser cleared it
      return page;
    }
  }

  /** @param {Pick<Request, "url">} request @param {string} url */
  async #answerFile(request, url) {
    const response = await (await this.#cache()).match(url);
    return response ?? this.#around.fetch(/** @type {Request} */ (request));
  }
}
