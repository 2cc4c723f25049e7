/** A real WebSocket at a small server: what goes over the wire, and how often. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { test } from "node:test";
// @ts-expect-error It brings no types.
import { WebSocket } from "ws";
import { createSocket } from "../../../../frontend/bridge/transport/connect.js";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const OPENING = '0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}';
const BOUND = { timeout: 10_000 };
const CONNECTED = '40/bridge,{"sid":"b"}';

test("each connection opens the namespace once, saying it anew", BOUND, async () => {
  const { heard, line, server } = await start();
  let asked = 0;
  line.introduce(() => ({ received: (asked += 1) }));

  line.connect();
  assert.equal(await server.word(), '40/bridge,{"received":1}');
  line.connect(); // it is still opening
  line.connect();
  server.say(CONNECTED);
  await heard("connect");
  line.send("got", { n: 1 });
  assert.equal(await server.word(), '42/bridge,["got",{"n":1}]');
  server.hangUp();

  assert.equal(await server.word(), '40/bridge,{"received":2}');
  server.say(CONNECTED);
  await heard("connect");
  line.send("got", { n: 2 });
  assert.equal(await server.word(), '42/bridge,["got",{"n":2}]');
  line.close();
  server.stop();
});

test("what the relay says with the opening is heard after it", BOUND, async () => {
  const { all, heard, line, server } = await start();

  line.connect();
  assert.equal(await server.word(), "40/bridge,{}");
  server.say(CONNECTED, '42/bridge,["news",{"ok":true}]',
    '42/bridge,["refused",{"event":"frame"}]');
  await heard("refused");

  assert.deepEqual(all, [
    ["connect", undefined], ["news", { ok: true }], ["refused", { event: "frame" }],
  ]);
  line.close();
  server.stop();
});

test("what is said without a line is not said later", BOUND, async () => {
  const { heard, line, server } = await start();
  line.connect();
  await server.word();
  server.say(CONNECTED);
  await heard("connect");
  server.hangUp();
  await heard("disconnect");

  line.send("frame", { n: 1 });
  await assert.rejects(line.call("resume", {}, 10));
  await server.word();
  server.say(CONNECTED);
  await heard("connect");
  line.send("frame", { n: 2 });

  assert.equal(await server.word(), '42/bridge,["frame",{"n":2}]');
  line.close();
  server.stop();
});

/** A line and its server; `heard` resolves with the next event of that name. */
async function start() {
  const server = await Server.start();
  const line = createSocket(server.address, (address) => {
    const wire = new WebSocket(address);
    wire.on("error", () => {}); // a browser only says that it is closed
    return /** @type {any} */ (wire);
  });
  /** @type {[string, any][]} */
  const all = [];
  /** @type {Map<string, () => void>} */
  const waiting = new Map();
  for (const event of ["connect", "disconnect", "news", "refused"]) {
    line.on(event, (body) => {
      all.push([event, body]);
      waiting.get(event)?.();
    });
  }
  const heard = (/** @type {string} */ event) =>
    new Promise((done) => waiting.set(event, () => done(undefined)));
  return { all, heard, line, server };
}

/** One WebSocket after the other, in short texts. */
class Server {
  #http = createServer();
  /** @type {import("node:stream").Duplex | null} */ #socket = null;
  /** @type {string[]} */ #words = [];
  #wake = () => {};
  address = "";

  static async start() {
    const server = new Server();
    server.#http.on("upgrade", (request, socket) => server.#accept(request, socket));
    await new Promise((done) => {
      server.#http.listen(0, "127.0.0.1", () => done(undefined));
    });
    const { port } = /** @type {any} */ (server.#http.address());
    server.address = `http://127.0.0.1:${port}`;
    return server;
  }

  /** Return the next text that came. @returns {Promise<string>} */
  async word() {
    while (this.#words.length === 0) {
      await new Promise((done) => { this.#wake = () => done(undefined); });
    }
    return /** @type {string} */ (this.#words.shift());
  }

  /** @param {string[]} texts */
  say(...texts) {
    for (const text of texts) this.#send(text);
  }

  hangUp() {
    this.#socket?.destroy();
  }

  stop() {
    this.hangUp();
    this.#http.close();
  }

  /** @param {import("node:http").IncomingMessage} request
   * @param {import("node:stream").Duplex} socket */
  #accept({ headers }, socket) {
    const key = createHash("sha1").update(headers["sec-websocket-key"] + GUID);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
      + `Connection: Upgrade\r\nSec-WebSocket-Accept: ${key.digest("base64")}\r\n\r\n`);
    this.#socket = socket;
    /** @type {Buffer} */
    let rest = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (data) => { rest = this.#read(Buffer.concat([rest, data])); });
    this.#send(OPENING);
  }

  /** Take the masked texts of fewer than 126 bytes. @param {Buffer} data */
  #read(data) {
    let rest = data;
    while (rest.length >= 6 && rest.length >= 6 + (rest[1] & 127)) {
      const size = rest[1] & 127;
      const mask = rest.subarray(2, 6);
      const text = rest.subarray(6, 6 + size).map((byte, at) => byte ^ mask[at % 4]);
      if (rest[0] === 0x81) this.#words.push(Buffer.from(text).toString());
      rest = rest.subarray(6 + size);
    }
    this.#wake();
    return rest;
  }

  /** @param {string} text */
  #send(text) {
    const bytes = Buffer.from(text);
    this.#socket?.write(Buffer.concat([Buffer.of(0x81, bytes.length), bytes]));
  }
}
