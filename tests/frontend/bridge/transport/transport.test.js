/** The socket's seat, and what is told by it and answered only when refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../support/makers.js";
import { PairFixture } from "../support/pair_fixture.js";

const REFUSED = { ok: false, code: "out_of_turn" };

test("a socket has its seat as it opens, and asks for it no more", async () => {
  const pair = new PairFixture();
  await pair.offer();
  for (const { net } of pair.both) {
    assert.deepEqual(seatsOf(net), ["connect resume"]);
    net.line.drop();
    await settle();
    net.line.connect();
    await settle();
  }
  await pair.receiver.device.accept();
  await settle();

  for (const { net } of pair.both) {
    assert.deepEqual(seatsOf(net), ["connect resume", "connect resume"]);
  }
  assert.equal(pair.sender.told.at(-1).stored, true);
});

test("a socket that opened before there was a pairing asks for its seat, once",
  async () => {
    const pair = new PairFixture();
    holdClaims(pair);

    await pair.finish();

    for (const { net } of pair.both) {
      assert.deepEqual(seatsOf(net), ["connect", "resume"]);
    }
    assert.equal(pair.sender.told.at(-1).stored, true);
  });

test("a tab that was reloaded has its seat as its socket opens", async () => {
  const pair = new PairFixture();
  await pair.meet();

  await pair.receiver.reload();
  await settle();

  assert.deepEqual(seatsOf(pair.receiver.net), ["connect resume"]);
});

test("with a seat a message is told, once, and nobody answers it", async () => {
  const pair = new PairFixture();
  await pair.offer();
  /** @type {string[]} */
  const crossed = [];
  pair.receiver.net.passes = (crossing, event) => crossed.push(`${event} ${crossing}`) > 0;

  await pair.receiver.device.accept();
  await settle();

  // That the bundle is there is said before it is kept, which may take a while.
  assert.deepEqual(crossed,
    ["frame said", "frame told", "got said", "frame said", "ended told"]);
  assert.equal(pair.receiver.net.posted.includes("end"), false);
});

test("a socket that hears nothing of its seat asks for it after a while", async () => {
  const pair = new PairFixture();
  await pair.meet();
  const { net } = pair.receiver;
  net.noPost = true;
  net.passes = (crossing, event) => !(crossing === "told" && event === "news");
  net.line.drop();
  await settle();
  net.line.connect();

  await pair.clock.pass(4900);
  assert.equal(pair.receiver.names.at(-1), "cut");
  await pair.clock.pass(200);

  assert.equal(pair.receiver.names.at(-1), "resumed");
  assert.deepEqual(seatsOf(net).slice(1), ["connect resume", "resume"]);
});

test("news that tell of the end end it, with their reason", async () => {
  const pair = new PairFixture();
  await pair.meet();
  const { net } = pair.receiver;
  net.noPost = true;
  net.cut();
  pair.sender.device.cancel();
  await settle();

  net.heal();
  await settle();

  const { by, reason } = pair.receiver.told.at(-1);
  assert.deepEqual({ by, reason }, { by: "peer", reason: "cancelled" });
  assert.ok(net.line.isClosed);
});

test("news that know no such pairing end it as lost", async () => {
  const pair = new PairFixture();
  await pair.meet();
  const { net } = pair.receiver;
  net.noPost = true;
  net.cut();
  pair.relay.pairings.clear();

  net.heal();
  await settle();

  assert.equal(pair.receiver.told.at(-1).reason, "lost");
});

test("news from a relay whose store is away: the socket tries again", async () => {
  const pair = new PairFixture();
  await pair.meet();
  const { net } = pair.receiver;
  net.noPost = true;
  net.cut();
  pair.relay.away = true;
  net.heal();
  await pair.clock.pass(2500);
  assert.equal(pair.receiver.names.at(-1), "cut");
  const tries = seatsOf(net).length;

  pair.relay.away = false;
  await pair.clock.pass(1000);

  assert.equal(pair.receiver.names.at(-1), "resumed");
  assert.equal(tries, 4); // at first, after the cut, and once a second
});

for (const code of ["not_available", "out_of_turn", "ended"]) {
  test(`a message refused once with ${code} is said again after a look`, async () => {
    const pair = new PairFixture();
    await pair.offer();
    refuse(pair, "frame", { ok: false, code }, 1);

    await pair.receiver.device.accept();
    await settle();

    assert.deepEqual(seatsOf(pair.receiver.net), ["connect resume", "resume"]);
    assert.equal(pair.sender.told.at(-1).stored, true);
  });
}

for (const code of ["unavailable", "too_many"]) {
  test(`a message refused with ${code} is said again a little later`, async () => {
    const pair = new PairFixture();
    await pair.offer();
    refuse(pair, "frame", { ok: false, code }, 1);

    await pair.receiver.device.accept();
    await pair.clock.pass(3000);

    assert.ok(pair.receiver.has("resumed"));
    assert.equal(pair.sender.told.at(-1).stored, true);
    assert.ok(pair.receiver.net.line.isClosed); // it was to be opened anew
  });
}

for (const { reason, ...refusal } of [
  { code: "ended", reason: "crowded" }, { code: "too_large", reason: undefined },
]) {
  test(`a message refused for good (${refusal.code}) ends it at once`, async () => {
    const pair = new PairFixture();
    await pair.offer();
    refuse(pair, "frame", { ok: false, ...refusal, reason }, 1);

    await pair.receiver.device.accept();
    await settle();

    assert.equal(pair.receiver.told.at(-1).reason, reason ?? "lost");
    assert.ok(!pair.receiver.net.emitted.includes("resume"));
  });
}

test("each message may be refused once; it is not counted together", async () => {
  const pair = new PairFixture();
  await pair.offer();
  const { answer } = pair.relay;
  const refusedOnce = new Set();
  pair.relay.answer = (event, body, line) => {
    const isNew = event === "frame" && !refusedOnce.has(body.data);
    if (!isNew) return answer.call(pair.relay, event, body, line);
    refusedOnce.add(body.data);
    return REFUSED;
  };

  await pair.receiver.device.accept();
  await settle();

  assert.equal(refusedOnce.size, 3); // m6 and m8 of the receiver, and m7
  assert.equal(pair.sender.told.at(-1).stored, true);
});

test("a word of receipt that is refused changes nothing", async () => {
  const pair = new PairFixture();
  await pair.offer();
  refuse(pair, "got", { ok: false, code: "unavailable" }, 1);

  await pair.clock.pass(1000);

  assert.equal(pair.receiver.net.emitted.at(-1), "got");
  assert.equal(pair.receiver.names.at(-1), "offer");
  assert.deepEqual(seatsOf(pair.receiver.net), ["connect resume"]);
});

test("two refusals of one message are one", async () => {
  const pair = new PairFixture();
  await pair.offer();
  const { net } = pair.receiver;
  const cross = net.cross.bind(net);
  net.cross = async (...all) => {
    await new Promise((done) => setImmediate(done)); // an answer takes its time
    return cross(...all);
  };
  refuse(pair, "frame", REFUSED, 1);
  net.passes = (crossing, event) => {
    if (crossing === "said") net.line.deliver("refused", { event, ...REFUSED });
    net.passes = () => true;
    return true;
  };

  await pair.receiver.device.accept();
  await settle();

  assert.equal(pair.sender.told.at(-1).stored, true);
});

test("what is said anew after a reload and gets lost is said once more", async () => {
  const pair = new PairFixture();
  await pair.offer();
  const { receiver } = pair;
  receiver.onSave = (moment) => { if (moment === "after") receiver.end(); };
  await receiver.device.accept();
  receiver.onSave = () => {};
  let lost = 0;
  receiver.net.noPost = true;
  receiver.net.passes = (crossing) => crossing !== "said" || lost++ > 0;

  await receiver.reload();
  await pair.clock.pass(4900);
  assert.equal(pair.sender.names.at(-1), "seen");
  await pair.clock.pass(2000);

  assert.equal(pair.sender.told.at(-1).stored, true);
});

for (const event of ["resume", "end"]) {
  test(`a pairing that ends while ${event} is asked opens no line again`, async () => {
    const pair = new PairFixture();
    await pair.meet();
    const { device, net, ports } = pair.receiver;
    net.deafTo.add(event);
    if (event === "end") device.cancel();
    else ports.relay.check();
    await settle();
    assert.equal(net.emitted.at(-1), event);

    pair.relay.pairings.forEach((pairing) => { pairing.ended = null; });
    pair.relay.endAll("expired");
    await pair.clock.pass(10_000);

    assert.ok(net.line.isClosed);
    assert.equal(net.line.up, false);
  });
}

/** What a socket did for its seat. @param {import("../support/fake_net.js").FakeNet} net */
function seatsOf({ emitted }) {
  return emitted.filter((event) => /connect|resume/.test(event));
}

/**
 * Let the relay refuse the next events of one name.
 * @param {PairFixture} pair
 * @param {string} event
 * @param {Record<string, any>} refusal
 * @param {number} times
 */
function refuse({ relay }, event, refusal, times) {
  const { answer } = relay;
  let left = times;
  relay.answer = (asked, body, line) => asked === event && left-- > 0
    ? refusal : answer.call(relay, asked, body, line);
}

/** Let claims take longer than a socket does. @param {PairFixture} pair */
function holdClaims({ relay }) {
  const { post } = relay;
  relay.post = async (event, body) => {
    if (event === "show" || event === "join") await settle();
    return post.call(relay, event, body);
  };
}
