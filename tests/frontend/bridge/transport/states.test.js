/** The table of a transport: whole, closed, and without a way back from the end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  after, EVENTS, INITIAL, TransitionError, TRANSITIONS,
} from "../../../../frontend/bridge/transport/states.js";

/** @typedef {import("../../../../frontend/bridge/transport/states.js").State} State */

/** What the network, a timer or a page says at any moment of a pairing. */
const ANYTIME = [
  "connect", "disconnect", "accept", "busy", "silence", "timeout", "due",
  "ping", "ended", "leave", "end", "check", "announce", "flush", "wake", "news",
  "reached", "doubt", "lost", "empty",
];
/** What our own code says in its turn alone. */
const IN_TURN = [
  "prepare", "restore", "reclaim", "claim", "granted", "denied", "start", "attach",
  "introduce", "run", "answered", "unanswered", "interrupted", "nothing", "retry",
];
const PAIRING = Object.keys(INITIAL);
/** Every state of a pairing that can be. */
const reachable = walk();

for (const [region, rows] of Object.entries(TRANSITIONS)) {
  for (const place of Object.keys(rows)) {
    test(`${region} ${place}: each event has its row or is refused`, () => {
      const state = { ...(region === "connection" ? {} : INITIAL), [region]: place };
      for (const event of EVENTS[region]) {
        const row = rows[place][event];
        const happen = () => after({ [region]: place }, event);

        if (row) assert.equal(happen().state[region], lastOf(region, place, event));
        else assert.throws(happen, TransitionError, `${region} ${place} ${event}`);
        if (!row) assert.throws(() => after(state, event), TransitionError);
      }
    });
  }

  test(`${region}: each row leads to one of its states, and each is reached`, () => {
    const targets = new Set(Object.values(rows).flatMap((row) =>
      Object.values(row).map(([next]) => next)));

    assert.deepEqual([...targets].sort(), Object.keys(rows).sort());
  });
}

test("an event that nobody hears is refused", () => {
  assert.throws(() => after(INITIAL, "nonsense"), TransitionError);
});

test("each event is said at any moment or in its turn, and no third way", () => {
  const events = new Set(PAIRING.flatMap((region) => [...EVENTS[region]]));
  const raised = ["hold", "close", "verify", "introduceAnew"]; // by the table alone

  assert.deepEqual([...events].sort(), [...ANYTIME, ...IN_TURN, ...raised].sort());
});

test("what may come at any moment is refused in none of them", () => {
  for (const state of reachable)
    for (const event of ANYTIME) after(state, event);
});

test("after the end nothing follows from anything any more", () => {
  const ended = reachable.filter(({ session }) => session === "over");
  assert.ok(ended.length > 0);
  for (const state of ended) {
    assert.deepEqual([state.socket, state.request], ["closed", "stopped"]);
    for (const event of ["connect", "accept", "end", "ended", "check", "announce",
      "flush", "wake", "leave", "granted", "denied", "start"]) {
      const then = after(state, event);
      assert.deepEqual([then.state.session, then.effects], ["over", []], event);
    }
  }
});

test("each end is told once, and leaving is not told", () => {
  for (const state of reachable.filter(({ session }) => session !== "over")) {
    const { effects } = after(state, "ended");
    assert.equal(effects.filter((effect) => effect === "notifyEnded").length, 1);
    assert.ok(!after(state, "leave").effects.includes("notifyEnded"));
  }
});

test("nothing is asked before a pairing runs, and one request at a time", () => {
  for (const state of reachable) {
    const { request, session } = state;
    const isRunning = ["running", "ending"].includes(session);
    if (!isRunning) assert.equal(request, "stopped");
    for (const event of ANYTIME) {
      const asked = after(state, event).effects.filter((effect) => effect === "next");
      assert.ok(asked.length <= (isRunning ? 1 : 0), `${event} in ${inWords(state)}`);
      if (request === "asking") assert.equal(asked.length, 0);
    }
  }
});

test("a request that nobody answers is a cut, and is tried again later", () => {
  for (const state of reachable.filter(({ request }) => request === "asking")) {
    const then = after(state, "unanswered");
    assert.deepEqual([then.state.request, then.state.view], ["retrying", "cut"]);
    assert.equal(then.effects[0], "retryLater");
  }
});

test("the person hears of a cut once, and of its end once", () => {
  for (const state of reachable) {
    for (const event of ["lost", "disconnect", "silence", "busy", "news", "reached"]) {
      const { effects, state: then } = after(state, event);
      const isCut = then.view === "cut";
      const changed = isCut !== (state.view === "cut");
      assert.equal(effects.includes("notifyDown"), changed && isCut);
      assert.equal(effects.includes("notifyUp"), changed && !isCut);
    }
  }
});

test("a connection comes back until it is closed", () => {
  let state = /** @type {State} */ ({ connection: "closed" });
  /** @type {string[]} */
  const all = [];
  for (const event of ["connect", "accepted", "lost", "due", "lost", "connect",
    "reconnect", "accepted", "close", "close"]) {
    const then = after(state, event);
    state = then.state;
    all.push(...then.effects);
  }

  assert.deepEqual(all, [
    "open", "emitConnect", "drop", "reopenLater", "emitDisconnect", "open", "drop",
    "reopenLater", "open", "drop", "open", "emitConnect", "drop", "emitDisconnect",
  ]);
  assert.equal(state.connection, "closed");
});

/** Every state that some order of events leads to. */
function walk() {
  const seen = new Map([[inWords(INITIAL), INITIAL]]);
  for (const state of seen.values()) {
    for (const event of [...ANYTIME, ...IN_TURN].filter((name) => fits(state, name))) {
      const then = after(state, event).state;
      if (!seen.has(inWords(then))) seen.set(inWords(then), then);
    }
  }
  return [...seen.values()];
}

/** Whether our own code may say `event` in `state`; whatever else may come.
 * @param {State} state @param {string} event */
function fits(state, event) {
  if (event === "run") {
    return state.request === "stopped" && ["running", "ending"].includes(state.session);
  }
  // Before it runs there is nothing that a socket could resume, or a POST have reached.
  const needsRun = ["introduce", "attach", "accept", "busy", "silence", "timeout",
    "ping", "lost", "news", "reached", "doubt", "empty"];
  if (needsRun.includes(event) && state.request === "stopped") return false;
  return PAIRING.every((region) =>
    !EVENTS[region].has(event) || TRANSITIONS[region][state[region]][event]);
}

/** @param {State} state */
function inWords(state) {
  return Object.values(state).join(" ");
}

/**
 * Where a region is after an event of its own, and what follows in the region itself.
 * @param {string} region @param {string} place @param {string} event
 */
function lastOf(region, place, event) {
  let [now, ...follows] = TRANSITIONS[region][place][event];
  for (const follow of follows.filter((name) => EVENTS[region].has(name)))
    now = lastOf(region, now, follow);
  return now;
}
