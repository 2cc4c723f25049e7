/**
 * Socket.IO's own client at the relay, for test_library.py: node library_client.mjs SERVER
 *
 * One pairing by the library alone; what was answered and told is printed as JSON.
 */
import { randomBytes } from "node:crypto";
import { io } from "socket.io-client";

const [server] = process.argv.slice(2);
const text = (size) => randomBytes(size).toString("base64url");
const sid = text(16);
const [mine, theirs] = [text(16), text(16)];
const m1 = text(1296);

function connect(auth = {}) {
  const transports = ["websocket"];
  return io(`${server}/bridge`, { auth, forceNew: true, transports });
}

function told(socket, event) {
  return new Promise((done) => socket.once(event, done));
}

const shower = connect();
await told(shower, "connect");
const shown = { sid, token: mine, mode: "Q", dir: "GS", m1 };
const show = await shower.timeout(5000).emitWithAck("show", shown);
const met = told(shower, "peer");
const scanner = connect();
const join = await scanner.timeout(5000).emitWithAck("join", { sid, token: theirs });
const peer = await met;
const again = connect({ sid, token: theirs, received: 0 });
const news = await told(again, "news");
const refused = told(again, "refused");
again.emit("frame", { sid, n: 2, data: m1 });
const { event, code } = await refused;
for (const socket of [shower, scanner, again]) socket.disconnect();
process.stdout.write(JSON.stringify({ show, join, peer, news, event, code, m1 }));
