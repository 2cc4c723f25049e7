import assert from "node:assert/strict";
import { test } from "node:test";
import encodeQR from "qr";
import { CameraError, openCamera, readPhoto } from "../../../frontend/bridge/camera.js";

const TEXT = "https://bank.example/p#secret";

test("the browser's own detector is used where it knows QR codes", async () => {
  const parts = makeParts({ BarcodeDetector: detector(["qr_code"], "native") });

  assert.equal(await firstSeen(parts), "native");
  assert.equal(parts.workers.length, 0);
});

for (const [what, BarcodeDetector] of /** @type {[string, any][]} */ ([
  ["there is none", undefined],
  ["it knows other codes only", detector(["ean_13"], "native")],
  ["it is a name without a detector", { getSupportedFormats: () => Promise.reject() }],
])) {
  test(`the small decoder reads where ${what}`, async () => {
    assert.equal(await firstSeen(makeParts({ BarcodeDetector })), TEXT);
  });
}

test("the worker is asked as soon as it is ready, and not before", async () => {
  const parts = makeParts();
  /** @type {string[]} */
  const seen = [];
  const camera = await openCamera(video(), (text) => seen.push(text), parts);
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
  const camera = await openCamera(video(), (text) => seen.push(text), parts);
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
  const camera = await openCamera(video(), (text) => seen.push(text), parts);
  await frames(5);

  assert.deepEqual(seen, []);
  camera.stop();
});

test("a code that stays in the picture is told once", async () => {
  /** @type {string[]} */
  const seen = [];
  const camera = await openCamera(video(), (text) => seen.push(text), makeParts());

  await frames(10);

  assert.deepEqual(seen, [TEXT]);
  camera.stop();
});

test("after stopping nothing is told and the camera is really off", async () => {
  const parts = makeParts();
  const screen = video();
  /** @type {string[]} */
  const seen = [];
  const camera = await openCamera(screen, (text) => seen.push(text), parts);

  camera.stop();
  await frames(5);

  assert.deepEqual(seen, []);
  assert.equal(parts.track.stopped, true);
  assert.equal(screen.srcObject, null);
});

for (const [name, code] of [
  ["NotAllowedError", "camera_refused"], ["NotFoundError", "camera_missing"],
  ["NotReadableError", "camera_busy"],
]) {
  test(`a camera that fails with ${name} is said as ${code}`, async () => {
    const devices = /** @type {any} */ ({
      getUserMedia: () => Promise.reject(Object.assign(new Error(), { name })),
    });

    const opening = openCamera(video(), () => {}, makeParts({ devices }));

    await assert.rejects(opening, { code });
  });
}

test("a page that is not secure has no camera", async () => {
  const parts = makeParts({ devices: undefined });

  await assert.rejects(openCamera(video(), () => {}, parts), CameraError);
});

test("a photo is read, and what is no photo reads as null", async () => {
  const parts = makeParts();

  assert.equal(await readPhoto(new Blob([]), parts), TEXT);
  const broken = makeParts({ openImage: () => Promise.reject(new Error()) });
  assert.equal(await readPhoto(new Blob([]), broken), null);
  assert.equal(parts.workers[0].isTerminated, true);
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
  const track = { stopped: false, stop() { this.stopped = true; } };
  const stream = { getTracks: () => [track] };
  return {
    workers,
    track,
    devices: /** @type {any} */ ({ getUserMedia: async () => stream }),
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
    openCamera(video(), (text) => {
      camera?.stop();
      resolve(text);
    }, parts).then((opened) => { camera = opened; }, reject);
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

/** @param {string[]} formats @param {string} value @returns {any} */
function detector(formats, value) {
  return class {
    static async getSupportedFormats() { return formats; }

    async detect() { return [{ rawValue: value }]; }
  };
}

/** @param {string} text */
function picture(text) {
  const rows = encodeQR(text, "raw", { border: 4, scale: 4 });
  const data = Uint8ClampedArray.from(rows.flat().flatMap((black) =>
    (black ? [0, 0, 0, 255] : [255, 255, 255, 255])));
  return { width: rows.length, height: rows.length, data };
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
