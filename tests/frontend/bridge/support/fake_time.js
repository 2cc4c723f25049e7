/** Time that a test moves, and rest: nothing under way, however slow WebCrypto is. */

/** How many calls into WebCrypto are under way. */
let busy = 0;
for (const name of /** @type {const} */ ([
  "digest", "sign", "importKey", "encrypt", "decrypt", "deriveBits",
])) {
  const original = /** @type {any} */ (crypto.subtle[name]).bind(crypto.subtle);
  Object.defineProperty(crypto.subtle, name, {
    value: (/** @type {any[]} */ ...all) => {
      busy += 1;
      return original(...all).finally(() => { busy -= 1; });
    },
  });
}

/** Let everything that can happen without the clock happen. */
export async function settle() {
  for (let quiet = 0; quiet < 12; quiet += busy === 0 ? 1 : -quiet) {
    await new Promise((done) => setImmediate(done));
  }
}

/** Time that stands still until a test moves it. */
export class Clock {
  #now = 0;
  /** @type {{at: number, action: () => void}[]} */ #timers = [];
  now = () => this.#now;

  /** @type {import("../../../../frontend/bridge/transport/transport.js").Later} */
  later = (milliseconds, action) => {
    const timer = { at: this.#now + milliseconds, action };
    this.#timers.push(timer);
    return () => { this.#timers = this.#timers.filter((other) => other !== timer); };
  };

  /** @param {number} milliseconds */
  async pass(milliseconds) {
    const end = this.#now + milliseconds;
    await settle();
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end);
      if (due.length === 0) break;
      const first = due.reduce((one, other) => (other.at < one.at ? other : one));
      this.#timers = this.#timers.filter((other) => other !== first);
      this.#now = Math.max(this.#now, first.at);
      first.action();
      await settle();
    }
    this.#now = end;
  }
}
