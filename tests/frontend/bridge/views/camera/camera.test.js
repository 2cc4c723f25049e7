import assert from "node:assert/strict";
import { test } from "node:test";
import encodeQR from "qr";
import { CameraError, openCamera, readPhoto } from "../../../../../frontend/bridge/views/camera/camera.js";

const TEXT = "https://bank.example/p#secret";

test("the browser's own detector is used where it knows QR codes", async () => {
  const parts = makeParts({ BarcodeDetector: detector(["qr_code"], "native") });

  assert.equal(await firstSeen(parts), "native");
  assert.equal(parts.workers.length, 0);
});

for (const [name, BarcodeDetector] of /** @type {[string, any][]} */ ([
  ["there is none", undefined],
  ["it knows other codes only", detector(["ean_13"], "native")],
  ["it is a name without a detector", { getSupportedFormats: () => Promise.reject() }],
])) {
  test(`the small decoder reads where ${name}`, async () => {
    assert.equal(await firstSeen(makeParts({ BarcodeDetector })), TEXT);
  });
}

test("the worker is asked as soon as it is ready, and not before", async () => {
  const parts = makeParts();
  /** @type {string[]} */
  const seen = [];
  const camera = await openCamera(video(), heard(seen), parts);
  await frames(3);
  const [worker] = parts.workers;
  assert.equal(worker.asked.length, 0);

  worker.say({ ready: true });
  await frames(3);
  worker.say({ id: worker.asked[0].id, text: "by zxing" });
  await frames(3);

  assert.deepEqual(seen, [TEXT, "by zxing"]);
  camera.stop();
  assert.equal(worker.isTerminated, true);
});

test("where the worker breaks, the small decoder goes on", async () => {
  const parts = makeParts();
  /** @type {string[]} */
  const seen = [];
  const camera = await openCamera(video(), heard(seen), parts);
  parts.workers[0].say({ ready: true });
  await frames(3);

  parts.workers[0].fail();
  await frames(3);

  assert.deepEqual(seen, [TEXT]);
  camera.stop();
});

test("a picture without a code is not told", async () => {
  const blank = { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4) };
  /** @type {string[]} */
  const seen = [];

  const parts = makeParts({ imageOf: () => /** @type {any} */ (blank) });
  const camera = await openCamera(video(), heard(seen), parts);
  await frames(5);

  assert.deepEqual(seen, []);
  camera.stop();
});

test("a code that stays in the picture is told once", async () => {
  /** @type {string[]} */
  const seen = [];
  const camera = await openCamera(video(), heard(seen), makeParts());

  await frames(10);

  assert.deepEqual(seen, [TEXT]);
  camera.stop();
});

test("after stopping nothing is told and the camera is really off", async () => {
  const parts = makeParts();
  const screen = video();
  /** @type {string[]} */
  const seen = [];
  const camera = await openCamera(screen, heard(seen), parts);

  camera.stop();
  await frames(5);

  assert.deepEqual(seen, []);
  assert.equal(parts.track.stopped, true);
  assert.equal(screen.srcObject, null);
});

for (const [name, code] of [
  ["NotAllowedError", "camera_refused"], ["NotFoundError", "camera_missing"],
  ["NotReadableError", "camera_busy"], ["AbortError", "camera_failed"],
  ["OverconstrainedError", "camera_missing"], ["SecurityError", "camera_refused"],
]) {
  test(`a camera that fails with ${name} is said as ${code}`, async () => {
    const devices = /** @type {any} */ ({
      getUserMedia: () => Promise.reject(Object.assign(new Error(), { name })),
    });

    const opening = openCamera(video(), heard([]), makeParts({ devices }));

    await assert.rejects(opening, { code });
  });
}

test("a page that is not secure has no camera, and says so", async () => {
  const none = makeParts({ devices: undefined });
  const insecure = makeParts({ devices: undefined, isSecure: false });

  const opening = [none, insecure].map((parts) => openCamera(video(), heard([]), parts));

  await assert.rejects(opening[0], new CameraError("camera_missing"));
  await assert.rejects(opening[1], new CameraError("camera_insecure"));
});

test("a camera that is pulled out is said, and one that we stop is not", async () => {
  const parts = makeParts();
  /** @type {string[]} */
  const failures = [];
  const camera = await openCamera(video(), heard([], failures), parts);

  parts.track.end();
  camera.stop();
  parts.track.end();

  assert.deepEqual(failures, ["camera_lost"]);
});

test("where pictures are read back changed, neither camera nor photo blames the code",
  async () => {
    const parts = makeParts({ readsBack: () => false });
    const code = "canvas_blocked";

    await assert.rejects(openCamera(video(), heard([]), parts), { code });
    await assert.rejects(readPhoto(new Blob([]), parts), { code });
    assert.equal(parts.track.stopped, true);
    assert.equal(parts.workers.length, 0);
  });

test("the browser's own detector needs no canvas", async () => {
  const BarcodeDetector = detector(["qr_code"], "native");
  const parts = makeParts({ BarcodeDetector, readsBack: () => false });

  assert.equal(await firstSeen(parts), "native");
});

test("where the browser's own detector fails at its work, ours goes on", async () => {
  const BarcodeDetector = detector(["qr_code"], null);

  assert.equal(await firstSeen(makeParts({ BarcodeDetector })), TEXT);
  assert.equal(await readPhoto(new Blob([]), makeParts({ BarcodeDetector })), TEXT);
});

test("a failing detector before a changed picture ends the camera with the cause",
  async () => {
    const BarcodeDetector = detector(["qr_code"], null);
    const parts = makeParts({ BarcodeDetector, readsBack: () => false });
    /** @type {string[]} */
    const failures = [];

    const camera = await openCamera(video(), heard([], failures), parts);
    await frames(3);

    assert.deepEqual(failures, ["canvas_blocked"]);
    camera.stop();
  });

test("a photo is read", async () => {
  const parts = makeParts();

  assert.equal(await readPhoto(new Blob([]), parts), TEXT);
  assert.equal(parts.workers[0].isTerminated, true);
});

test("what cannot be opened is never a photo without a code", async () => {
  const parts = makeParts({ openImage: () => Promise.reject(new Error()) });
  const lost = /** @type {any} */ ({
    size: 9, slice: () => ({ arrayBuffer: () => Promise.reject(new Error()) }),
  });

  await assert.rejects(readPhoto(new Blob([]), parts), { code: "photo_empty" });
  await assert.rejects(readPhoto(new Blob(["text"]), parts), { code: "photo_no_image" });
  await assert.rejects(readPhoto(lost, parts), { code: "photo_unreadable" });
});

test("a photo that the small decoder cannot read waits for zxing", async () => {
  const blank = { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4) };
  const parts = makeParts({ imageOf: () => /** @type {any} */ (blank) });
  const reading = readPhoto(new Blob([]), parts);
  await frames(5);

  parts.workers[0].say({ ready: true });
  await frames(5);
  parts.workers[0].say({ id: 1, text: "by zxing" });

  assert.equal(await reading, "by zxing");
});

/** @param {object} [change] */
function makeParts(change = {}) {
  /** @type {FakeWorker[]} */
  const workers = [];
  const track = new FakeTrack();
  const stream = { getTracks: () => [track] };
  return {
    workers,
    track,
    devices: /** @type {any} */ ({ getUserMedia: async () => stream }),
    isSecure: true,
    readsBack: () => true,
    BarcodeDetector: undefined,
    startWorker: () => {
      workers.push(new FakeWorker());
      return /** @type {FakeWorker} */ (workers.at(-1));
    },
    imageOf: () => /** @type {any} */ (picture(TEXT)),
    openImage: async () => /** @type {any} */ ({ width: 1, height: 1, close() {} }),
    wait: () => new Promise((/** @type {(_: void) => void} */ done) => {
      setTimeout(done, 1);
    }),
    ...change,
  };
}

/** @param {ReturnType<typeof makeParts>} parts @returns {Promise<string>} */
function firstSeen(parts) {
  return new Promise((resolve, reject) => {
    /** @type {{stop(): void} | null} */
    let camera = null;
    openCamera(video(), { failed: reject, seen: (text) => {
      camera?.stop();
      resolve(text);
    } }, parts).then((opened) => { camera = opened; }, reject);
  });
}

/** @returns {any} */
function video() {
  return { readyState: 4, srcObject: null, setAttribute() {}, play: async () => {} };
}

/** Let some frames pass. @param {number} count */
async function frames(count) {
  for (let i = 0; i < count * 4; i += 1) {
    await new Promise((done) => setTimeout(done, 2));
  }
}

/**
 * @param {string[]} formats
 * @param {string | null} value null for one that does not work
 * @returns {any}
 */
function detector(formats, value) {
  return class {
    static async getSupportedFormats() { return formats; }

    async detect() {
      if (value === null) throw new Error("Barcode detection service unavailable.");
      return [{ rawValue: value }];
    }
  };
}

/** @param {string[]} seen @param {string[]} [failures] */
const heard = (seen, failures = []) => ({
  seen: (/** @type {string} */ text) => void seen.push(text),
  failed: (/** @type {CameraError} */ { code }) => void failures.push(code),
});

/** @param {string} text */
function picture(text) {
  const rows = encodeQR(text, "raw", { border: 4, scale: 4 });
  const data = Uint8ClampedArray.from(rows.flat().flatMap((black) =>
    (black ? [0, 0, 0, 255] : [255, 255, 255, 255])));
  return { width: rows.length, height: rows.length, data };
}

class FakeTrack {
  /** @type {() => void} */ #ended = () => {};
  stopped = false;

  /** @param {string} _type @param {() => void} listener */
  addEventListener(_type, listener) { this.#ended = listener; }

  stop() { this.stopped = true; }

  end() { this.#ended(); }
}

class FakeWorker {
  /** @type {Record<string, (event: any) => void>} */ #heard = {};
  /** @type {any[]} */ asked = [];
  isTerminated = false;

  /** @param {string} type @param {(event: any) => void} listener */
  addEventListener(type, listener) { this.#heard[type] = listener; }

  /** @param {any} message */
  postMessage(message) { this.asked.push(message); }

  terminate() { this.isTerminated = true; }

  /** @param {any} data */
  say(data) { this.#heard.message({ data }); }

  fail() { this.#heard.error({}); }
}
