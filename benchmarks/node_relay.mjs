/**
 * The peer to be measured against: a plain socket.io server that relays the same frames.
 *
 * As simple as one would write it: it seats two sockets, acknowledges what they say and
 * passes it on. It keeps no time, no turns, no limits and no tokens.
 * `node node_relay.mjs PORT`
 */
import { Server } from "socket.io";

/** Pairings by sid. @type {Map<string, {m1: string, seats: any[]}>} */
const pairings = new Map();
const server = new Server({
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
});

server.of("/bridge").on("connection", (socket) => {
  const peerIn = (/** @type {string} */ sid) =>
    pairings.get(sid)?.seats.find((seat) => seat !== socket);

  socket.on("show", ({ sid, m1 }, answer) => {
    pairings.set(sid, { m1, seats: [socket] });
    answer({ ok: true, expires_in: 120 });
  });

  socket.on("join", ({ sid }, answer) => {
    const pairing = pairings.get(sid);
    if (!pairing || pairing.seats.length > 1) {
      answer({ ok: false, code: "not_available" });
      return;
    }
    pairing.seats.push(socket);
    const peer = { device: "computer", same_network: true };
    const frames = [{ n: 1, data: pairing.m1 }];
    peerIn(sid).emit("peer", { device: "phone", same_network: true, expires_in: 120 });
    answer({ ok: true, sid, expires_in: 120, peer, frames });
  });

  socket.on("frame", ({ sid, n, data }, answer) => {
    peerIn(sid).emit("frame", { n, data, got: n });
    answer({ ok: true });
  });

  socket.on("got", ({ sid, n }, answer) => {
    peerIn(sid).emit("got", { n });
    answer({ ok: true });
  });

  socket.on("end", ({ sid, reason }, answer) => {
    peerIn(sid).emit("ended", { reason });
    pairings.delete(sid);
    answer({ ok: true });
  });
});

server.listen(Number(process.argv[2]));
