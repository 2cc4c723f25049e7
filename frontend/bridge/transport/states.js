/**
 * Every state of a pairing's transport, and what follows from each event: one table.
 *
 * Pure. A transport is in one state of each region at a time: how far the pairing is
 * (`session`), what its WebSocket is good for (`socket`), whether this device knows how
 * the pairing stands (`view`), which request is under way (`request`), and whether news
 * are fetched by POST (`poll`). The Socket.IO client has one region of its own
 * (`connection`). There is no other state: what is not here are values (tokens,
 * messages, numbers).
 *
 * What the network, a timer or a page may say at any moment has a row in every state.
 * What only our own code can say is refused out of turn.
 */

/**
 * What an event leads to: the next state, then what follows in its order. What follows
 * is either an event of this table, which happens at once, or an effect, which the
 * caller does when all states have changed.
 * @typedef {readonly [next: string, ...follows: string[]]} Transition
 */
/** @typedef {Record<string, Transition>} Row  by event */
/** @typedef {Readonly<Record<string, string>>} State  by region */

/** Stay in `state` whichever of `events` comes, and do nothing.
 * @param {string} state @param {string} events @returns {Row} */
const ignore = (state, events) =>
  Object.fromEntries(events.split(" ").map((event) => [event, [state]]));

/** What ends a session wherever it is. @type {Row} */
const ENDS = {
  ended: ["over", "close", "notifyEnded"], // the relay or the clock says so
  leave: ["over", "close"], // another page goes on
};
/** What a socket without a seat does when the page is back, or has news of itself. */
const LOOK = ["doubt", "flush"];
/** What is told once the way to the relay is lost. @type {Transition} */
const CUT = ["cut", "notifyDown", "hold", "wake"];

/** Next state and follow-ups by region, state and event.
 * @type {Record<string, Record<string, Row>>} */
export const TRANSITIONS = {
  session: {
    idle: {
      prepare: ["claiming"],
      restore: ["claimed", "doubt"], // the claim was answered in an earlier life
      reclaim: ["claiming", "doubt"], // nobody knows whether it was
      end: ["over", "close", "notifyEnded"],
      ...ENDS,
      ...ignore("idle", "check announce"),
    },
    claiming: {
      claim: ["claiming", "connectSocket"], // beside it, so that nobody waits for a socket
      granted: ["claimed"],
      denied: ["over", "close"],
      end: ["abandoned"], // said as soon as the claim is answered
      ...ENDS,
      ...ignore("claiming", "check announce"),
    },
    abandoned: { // ended before the claim was answered
      claim: ["abandoned", "connectSocket"],
      granted: ["ending", "begin"],
      denied: ["over", "close"],
      ...ENDS,
      ...ignore("abandoned", "end check announce"),
    },
    claimed: {
      start: ["running", "begin"],
      end: ["ending", "begin"],
      ...ENDS,
      ...ignore("claimed", "check announce"),
    },
    running: {
      end: ["ending", "flush"],
      check: ["running", "verify"],
      announce: ["running", "introduceAnew"],
      ...ENDS,
    },
    ending: {
      check: ["ending", "verify"],
      announce: ["ending", "introduceAnew"],
      ...ENDS,
      ...ignore("ending", "start end"),
    },
    over: ignore("over", "granted denied start end ended leave check announce"),
  },

  socket: {
    down: {
      introduce: ["introduced"], // it says whose it is as it opens
      connect: ["open", "resume"],
      run: ["down", "connectSocket"],
      verify: ["down", "connectSocket", ...LOOK],
      introduceAnew: ["down", ...LOOK],
      close: ["closed", "closeSocket"],
      ...ignore("down", "disconnect accept busy silence ping timeout"),
    },
    introduced: {
      connect: ["expecting", "expectNews"], // the answer is the relay's next word
      disconnect: ["down"],
      verify: ["introduced", "connectSocket", ...LOOK],
      introduceAnew: ["introduced", ...LOOK],
      close: ["closed", "closeSocket"],
      ...ignore("introduced", "introduce accept busy silence ping timeout"),
    },
    open: { // connected before there was anything to resume
      attach: ["attaching", "sendResume"],
      run: ["attaching", "sendResume"],
      disconnect: ["down"],
      verify: ["open", "connectSocket", ...LOOK],
      introduceAnew: ["open", ...LOOK],
      close: ["closed", "closeSocket"],
      ...ignore("open", "connect accept busy silence ping timeout"),
    },
    expecting: {
      accept: ["attached"],
      busy: ["backoff", "backOff"],
      timeout: ["attaching", "sendResume"],
      disconnect: ["down"],
      verify: ["expecting", "connectSocket", ...LOOK],
      introduceAnew: ["expecting", ...LOOK],
      close: ["closed", "closeSocket"],
      ...ignore("expecting", "connect silence ping"),
    },
    attaching: {
      accept: ["attached"],
      busy: ["backoff", "backOff"],
      silence: ["down", "reconnect"],
      disconnect: ["down"],
      verify: ["attaching", "connectSocket", ...LOOK],
      introduceAnew: ["attaching", ...LOOK],
      close: ["closed", "closeSocket"],
      ...ignore("attaching", "connect ping timeout"),
    },
    attached: { // the relay delivers to it
      busy: ["backoff", "lost", "backOff"],
      silence: ["down", "lost", "reconnect"],
      disconnect: ["down", "lost"],
      ping: ["pinging", "sendPing"],
      verify: ["pinging", "sendPing"],
      introduceAnew: ["attached", "sendIntroduction"],
      close: ["closed", "closeSocket"],
      ...ignore("attached", "connect accept timeout"),
    },
    pinging: { // attached, and asked whether it still lives
      accept: ["attached"],
      busy: ["backoff", "lost", "backOff"],
      silence: ["down", "lost", "reconnect"],
      disconnect: ["down", "lost"],
      introduceAnew: ["pinging", "sendIntroduction"],
      close: ["closed", "closeSocket"],
      ...ignore("pinging", "connect ping verify timeout"),
    },
    backoff: { // connected, and the relay behind it cannot just now
      accept: ["attached"],
      timeout: ["down", "reconnect"],
      disconnect: ["down"],
      verify: ["backoff", "connectSocket", ...LOOK],
      introduceAnew: ["backoff", ...LOOK],
      close: ["closed", "closeSocket"],
      ...ignore("backoff", "connect busy silence ping"),
    },
    closed: ignore("closed", "introduce connect disconnect accept busy silence ping "
      + "timeout verify introduceAnew close"),
  },

  view: {
    current: {
      doubt: ["stale"],
      lost: CUT,
      ...ignore("current", "news reached"),
    },
    stale: { // how the pairing stands has to be asked before anything else
      news: ["current"],
      lost: CUT,
      ...ignore("stale", "reached doubt"),
    },
    cut: { // stale, and the person was told
      news: ["current", "notifyUp"],
      reached: ["stale", "notifyUp"],
      ...ignore("cut", "doubt lost"),
    },
  },

  request: { // one after the other
    stopped: {
      run: ["asking", "hold", "next"],
      ...ignore("stopped", "wake flush answered unanswered interrupted close"),
    },
    resting: {
      wake: ["asking", "next"],
      flush: ["asking", "next"],
      close: ["stopped"],
    },
    asking: {
      flush: ["asking", "interrupt"], // leave what is held back, and look anew
      answered: ["asking", "next"],
      interrupted: ["asking", "next"],
      unanswered: ["retrying", "retryLater", "lost"],
      nothing: ["resting"],
      close: ["stopped", "interrupt"],
      ...ignore("asking", "wake"),
    },
    retrying: {
      retry: ["asking", "next"],
      flush: ["asking", "next"],
      close: ["stopped"],
      ...ignore("retrying", "wake"),
    },
  },

  poll: {
    held: { // the socket has its time, or an empty answer came at once
      hold: ["held", "awaitSocket"],
      empty: ["held", "awaitNews"],
      due: ["due", "wake"],
      ...ignore("held", "close"),
    },
    due: {
      hold: ["held", "awaitSocket"],
      empty: ["held", "awaitNews"],
      close: ["held"],
      ...ignore("due", "due"),
    },
  },

  connection: {
    closed: {
      connect: ["opening", "open"],
      reconnect: ["opening", "open"],
      ...ignore("closed", "close"),
    },
    opening: {
      reconnect: ["opening", "drop", "open"],
      accepted: ["connected", "emitConnect"],
      lost: ["waiting", "drop", "reopenLater"],
      close: ["closed", "drop"],
      ...ignore("opening", "connect"),
    },
    connected: {
      reconnect: ["opening", "drop", "open", "emitDisconnect"],
      lost: ["waiting", "drop", "reopenLater", "emitDisconnect"],
      close: ["closed", "drop", "emitDisconnect"],
      ...ignore("connected", "connect accepted"),
    },
    waiting: { // to open the next one
      connect: ["opening", "open"],
      reconnect: ["opening", "open"],
      due: ["opening", "open"],
      close: ["closed"],
    },
  },
};

/** Where a pairing's transport begins. @type {State} */
export const INITIAL = Object.freeze({
  session: "idle", socket: "down", view: "current", request: "stopped", poll: "held",
});

/** Which events a region hears. @type {Record<string, Set<string>>} */
export const EVENTS = Object.fromEntries(Object.entries(TRANSITIONS).map(
  ([region, rows]) => [region, new Set(Object.values(rows).flatMap(Object.keys))]));

/** Our own code said something out of turn. */
export class TransitionError extends Error {
  /** @readonly */ code = "out_of_turn";
}

/**
 * Return the state after `event`, and the effects to do then, in their order.
 * @param {State} state
 * @param {string} event
 * @returns {{state: State, effects: string[]}}
 * @throws {TransitionError} when a region that hears `event` has no row for it, or none
 *   hears it
 */
export function after(state, event) {
  const next = { ...state };
  /** @type {string[]} */
  const effects = [];
  const hears = (/** @type {string} */ name) =>
    Object.keys(state).filter((region) => EVENTS[region].has(name));
  const happen = (/** @type {string} */ name) => {
    for (const region of hears(name)) {
      const row = TRANSITIONS[region][next[region]][name];
      if (!row) throw new TransitionError(`${region}: ${name} in ${next[region]}`);
      const [to, ...follows] = row;
      next[region] = to;
      for (const follow of follows) {
        if (hears(follow).length > 0) happen(follow);
        else effects.push(follow);
      }
    }
  };
  if (hears(event).length === 0) throw new TransitionError(event);
  happen(event);
  return { state: next, effects };
}
