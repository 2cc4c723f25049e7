/** The socket over a WebSocket that a test plays, and with time that a test moves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SocketIoClient } from "../../../../frontend/bridge/transport/socketio_client.js";
import { Clock } from "../support/fake_time.js";

const ADDRESS = "wss://ca.example/socket.io/?EIO=4&transport=websocket";
const OPENING = '0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}';
const CONNECTED = '40/bridge,{"sid":"b"}';

test("it says whose it is as it opens, anew each time", () => {
  const { opened, socket, wires } = make();
  let asked = 0;
  socket.introduce(() => ({ received: (asked += 1) }));

  socket.connect();
  socket.connect(); // it is still opening
  opened(0);
  wires[0].onclose();
  socket.connect();
  opened(1);

  assert.deepEqual(wires.map(({ address }) => address), [ADDRESS, ADDRESS]);
  assert.deepEqual(wires.map(({ sent }) => sent), [
    ['40/bridge,{"received":1}'], ['40/bridge,{"received":2}'],
  ]);
});

test("it hears what comes after the opening, in its order", () => {
  const { all, opened, socket, wires } = make();
  socket.connect();
  opened(0);

  wires[0].says('42/bridge,["news",{"ok":true}]', '42/bridge,["frame",{"n":1}]');

  assert.deepEqual(all, [
    ["connect", undefined], ["news", { ok: true }], ["frame", { n: 1 }],
  ]);
});

test("each question gets its own answer", async () => {
  const { opened, socket, wires } = make();
  socket.connect();
  opened(0);

  const answers = [socket.call("resume", { received: 1 }, 50), socket.call("got", {}, 50)];
  wires[0].says('43/bridge,2[{"ok":false,"code":"ended"}]', '43/bridge,1[{"ok":true}]');

  assert.deepEqual(await Promise.all(answers), [
    { ok: true }, { ok: false, code: "ended" },
  ]);
  assert.deepEqual(wires[0].sent.slice(1), [
    '42/bridge,1["resume",{"received":1}]', '42/bridge,2["got",{}]',
  ]);
});

test("a question without an answer is refused in time, and with the line", async () => {
  const { clock, opened, socket, wires } = make();
  socket.connect();
  opened(0);

  const late = assert.rejects(socket.call("resume", {}, 5_000));
  await clock.pass(5_000);
  await late;
  const cut = assert.rejects(socket.call("resume", {}, 5_000));
  wires[0].onclose();
  await cut;
});

test("what is said without a line is not said later", async () => {
  const { opened, socket, wires } = make();
  socket.send("frame", { n: 1 });
  await assert.rejects(socket.call("resume", {}, 10));
  socket.connect();
  wires[0].onopen();
  socket.send("frame", { n: 2 }); // the namespace is not open yet
  opened(0);
  socket.send("frame", { n: 3 });

  assert.deepEqual(wires[0].sent.slice(-1), ['42/bridge,["frame",{"n":3}]']);
  assert.equal(wires[0].sent.join().includes('"n":1'), false);
  assert.equal(wires[0].sent.join().includes('"n":2'), false);
});

test("it answers the relay that asks whether it is there", () => {
  const { opened, socket, wires } = make();
  socket.connect();
  opened(0);

  wires[0].says("2");

  assert.equal(wires[0].sent.at(-1), "3");
});

test("a line that hangs up comes back later and later, at most two seconds", async () => {
  const { clock, socket, wires } = make();
  socket.connect();
  const waits = [];
  for (let at = 0; at < 6; at += 1) {
    const began = clock.now();
    wires[at].onclose();
    while (wires.length === at + 1) await clock.pass(50);
    waits.push(clock.now() - began);
  }

  assert.deepEqual(waits, [250, 500, 1000, 2000, 2000, 2000]);
});

test("once it was open it comes back soon again, and says that it was gone", async () => {
  const { all, clock, opened, socket, wires } = make();
  socket.connect();
  wires[0].onclose();
  await clock.pass(250);
  opened(1);
  wires[1].onclose();
  await clock.pass(250);
  opened(2);

  assert.deepEqual(all.map(([event]) => event), ["connect", "disconnect", "connect"]);
});

test("a line that never opens, or is silent for 45 s, is left for another", async () => {
  const { all, clock, opened, socket, wires } = make();
  socket.connect();
  await clock.pass(5_250);
  assert.equal(wires[0].isClosed, true);
  opened(1);
  await clock.pass(40_000);
  wires[1].says("2");
  await clock.pass(44_000);
  assert.deepEqual(all.map(([event]) => event), ["connect"]);
  await clock.pass(1_000);
  assert.deepEqual(all.map(([event]) => event), ["connect", "disconnect"]);
  await clock.pass(250);

  assert.equal(wires.length, 3);
});

test("after a sleep nothing is said into a line that may be dead", async () => {
  const { all, opened, skip, socket, wires } = make();
  socket.connect();
  opened(0);
  skip(60_000); // no timer ran meanwhile

  socket.send("frame", { n: 1 });
  await assert.rejects(socket.call("resume", {}, 5_000));

  assert.equal(wires[0].sent.length, 1);
  assert.deepEqual(all.map(([event]) => event), ["connect", "disconnect"]);
});

test("a relay that refuses the namespace is asked again, not believed", async () => {
  const { all, clock, socket, wires } = make();
  socket.connect();
  wires[0].onopen();
  wires[0].says(OPENING, '44/bridge,{"message":"no"}');
  await clock.pass(250);

  assert.equal(wires.length, 2);
  assert.deepEqual(all, []);
});

test("closed it stays closed, and hears no more", async () => {
  const { all, clock, opened, socket, wires } = make();
  socket.connect();
  opened(0);
  socket.close();
  wires[0].says('42/bridge,["frame",{"n":1}]');
  wires[0].onclose();
  await clock.pass(60_000);

  assert.equal(wires.length, 1);
  assert.equal(wires[0].isClosed, true);
  assert.deepEqual(all.map(([event]) => event), ["connect", "disconnect"]);
});

test("brought back at once it does not wait, and leaves the old line", async () => {
  const { all, clock, opened, socket, wires } = make();
  socket.connect();
  opened(0);
  socket.reconnect();
  opened(1);
  wires[0].says('42/bridge,["frame",{"n":1}]');
  await clock.pass(1_000);

  assert.equal(wires.length, 2);
  assert.deepEqual(all.map(([event]) => event), ["connect", "disconnect", "connect"]);
});

/** A WebSocket that a test plays. */
class Wire {
  /** @type {string[]} */ sent = [];
  isClosed = false;
  /** @type {any} */ onopen = null;
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onclose = null;

  /** @param {string} address */
  constructor(address) {
    this.address = address;
  }

  /** @param {any} text */
  send(text) {
    this.sent.push(text);
  }

  close() {
    this.isClosed = true;
  }

  /** @param {string[]} texts */
  says(...texts) {
    for (const data of texts) this.onmessage({ data });
  }
}

function make() {
  const clock = new Clock();
  /** @type {Wire[]} */
  const wires = [];
  let slept = 0;
  const socket = new SocketIoClient("https://ca.example", {
    open: (address) => {
      wires.push(new Wire(address));
      return /** @type {any} */ (wires.at(-1));
    },
    now: () => clock.now() + slept,
    later: clock.later,
    random: () => 0.5,
  });
  /** @type {[string, any][]} */
  const all = [];
  for (const event of ["connect", "disconnect", "news", "frame"])
    socket.on(event, (body) => all.push([event, body]));
  const opened = (/** @type {number} */ at) => {
    wires[at].onopen();
    wires[at].says(OPENING, CONNECTED);
  };
  const skip = (/** @type {number} */ milliseconds) => { slept += milliseconds; };
  return { all, clock, opened, skip, socket, wires };
}
