/**
 * Until when a pairing lives, by this device's own clock.
 *
 * Clock and timers come in. The relay says how long, but never longer than this device
 * allows itself: whoever keeps it open keeps keys alive. The relay is given a little
 * more time to say the end itself.
 */

/** @typedef {import("./transport.js").Later} Later */

const GRACE_MS = 5_000;
/** How long a code waits for the other device, and how long the two may then take. */
const ALONE_MS = 180_000;
const MET_MS = 120_000;
/** Where a password is chosen meanwhile, and typed twice on a phone. */
const MAKING_KEY_MS = 300_000;

/** One end in time, which may be moved. */
export class Deadline {
  /** @type {() => number} */ #now;
  /** @type {Later} */ #later;
  /** @type {() => void} */ #passed;
  #stop = () => {};
  /** In milliseconds of the clock. */ at = 0;
  /** Whatever anybody says, no later than this. */ latest = 0;
  /** Whether one of the two makes a key, which takes its time. */ isMakingKey = false;

  /**
   * @param {() => number} now
   * @param {Later} later
   * @param {() => void} passed
   */
  constructor(now, later, passed) {
    this.#now = now;
    this.#later = later;
    this.#passed = passed;
  }

  /** How many seconds are left. */
  get left() {
    return Math.max(0, (this.at - this.#now()) / 1000);
  }

  /** Whether even the relay's word would be late. */
  get isLongPast() {
    return !(this.#now() < this.at + GRACE_MS); // a time that is no number is past
  }

  /**
   * A pairing is asked for: take the time that it may wait.
   * @param {{isMakingKey?: boolean}} [how]
   */
  begin({ isMakingKey = false } = {}) {
    this.isMakingKey = isMakingKey;
    this.latest = this.#now() + ALONE_MS;
    this.set(Infinity);
  }

  /**
   * The two have met: from now on other limits hold.
   * @param {unknown} seconds
   */
  meet(seconds) {
    this.latest = this.#now() + (this.isMakingKey ? MAKING_KEY_MS : MET_MS);
    this.set(seconds);
  }

  /**
   * Be `seconds` from now on, as the relay says; what is no time at all is the latest.
   * @param {unknown} seconds
   */
  set(seconds) {
    this.stop();
    const now = this.#now();
    const isTime = typeof seconds === "number" && seconds >= 0;
    this.at = Math.min(isTime ? now + seconds * 1000 : Infinity, this.latest);
    this.#stop = this.#later(this.at - now + GRACE_MS, this.#passed);
  }

  /**
   * Be as an earlier life left it.
   * @param {{expiresAt: number, latest: number, isMakingKey?: boolean}} saved
   */
  restore({ expiresAt, latest, isMakingKey = false }) {
    this.isMakingKey = isMakingKey;
    this.latest = latest;
    this.at = Math.min(expiresAt, latest);
  }

  stop() {
    this.#stop();
  }
}
