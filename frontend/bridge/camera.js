/**
 * Reads a QR code through the camera, or from a photo.
 *
 * The browser's own detector where there is one; else zxing in a worker, loaded on
 * request, and the small decoder until that is there or where it may not run. What was
 * read goes out as text. Only browserParts() touches the browser.
 */

/** @typedef {{width: number, height: number, data: Uint8ClampedArray}} Image */
/** Returns the text of a code in what is seen, or null when there is none.
 * @typedef {(source: CanvasImageSource) => Promise<string | null>} Decoder
 */
/**
 * @typedef {{postMessage(message: any): void, terminate(): void,
 *   addEventListener(type: string, listener: (event: any) => void): void}} WorkerPort
 */
/**
 * What the browser gives. `startWorker` starts scan_worker.js.
 * @typedef {{
 *   devices: MediaDevices | undefined,
 *   BarcodeDetector?: any,
 *   startWorker: () => WorkerPort,
 *   imageOf: (source: CanvasImageSource) => ImageData,
 *   openImage: (file: Blob) => Promise<ImageBitmap>,
 *   wait: (milliseconds: number) => Promise<void>,
 * }} BrowserParts
 */
/** @typedef {"camera_refused" | "camera_missing" | "camera_busy"} CameraCode */

/** There is no picture to read from. */
export class CameraError extends Error {
  /** @param {CameraCode} code */
  constructor(code) {
    super(code);
    /** @readonly */ this.code = code;
  }
}

/** Wider frames cost time and read no better. */
const MAX_WIDTH = 1280;
const FRAME_MS = 80;
/** @type {Record<string, CameraCode>} */
const REFUSALS = {
  NotAllowedError: "camera_refused",
  SecurityError: "camera_refused",
  NotFoundError: "camera_missing",
  OverconstrainedError: "camera_missing",
};

/**
 * Show the back camera's picture in `video` and tell `seen` each code that comes by.
 * @param {HTMLVideoElement} video
 * @param {(text: string) => void} seen called once for a code that stays in the picture
 * @param {BrowserParts} [parts]
 * @returns {Promise<{stop(): void}>} turns the camera off
 * @throws {CameraError}
 */
export async function openCamera(video, seen, parts = browserParts()) {
  const turnOff = await startStream(parts.devices, video);
  const { decode, close } = await makeDecoder(parts);
  const stopping = new AbortController();
  void watch({ video, decode, seen, wait: parts.wait, signal: stopping.signal });
  return {
    stop() {
      stopping.abort();
      turnOff();
      close();
    },
  };
}

/**
 * Read the code in a photo.
 * @param {Blob} file
 * @param {BrowserParts} [parts]
 * @returns {Promise<string | null>} null when it shows none, or is no photo
 */
export async function readPhoto(file, parts = browserParts()) {
  const bitmap = await parts.openImage(file).catch(() => null);
  if (bitmap === null) return null;
  const { decode, ready, close } = await makeDecoder(parts);
  const read = () => decode(bitmap).catch(() => null);
  // There is time for the better decoder here, and no next frame to hope for.
  const text = await read() ?? (await ready() ? await read() : null);
  bitmap.close();
  close();
  return text;
}

/**
 * Return what this browser has.
 * @returns {BrowserParts}
 */
export function browserParts() {
  return {
    devices: navigator.mediaDevices,
    BarcodeDetector: /** @type {any} */ (globalThis).BarcodeDetector,
    startWorker: () =>
      new Worker(new URL("./scan_worker.js", import.meta.url), { type: "module" }),
    imageOf: imageTaker(() => document.createElement("canvas")),
    openImage: (file) => createImageBitmap(file),
    wait: pause,
  };
}

/**
 * @param {MediaDevices | undefined} devices missing where the page is not secure
 * @param {HTMLVideoElement} video
 * @returns {Promise<() => void>}
 */
async function startStream(devices, video) {
  if (!devices) throw new CameraError("camera_missing");
  const stream = await devices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: MAX_WIDTH } },
  }).catch((error) => {
    throw new CameraError(REFUSALS[error.name] ?? "camera_busy");
  });
  const turnOff = () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  video.srcObject = stream;
  video.setAttribute("playsinline", ""); // else iOS goes to full screen
  await video.play().catch(() => {
    turnOff();
    throw new CameraError("camera_busy");
  });
  return turnOff;
}

/**
 * Return the best decoder this browser has.
 * @param {Pick<BrowserParts, "BarcodeDetector" | "startWorker" | "imageOf">} parts
 * @returns {Promise<{decode: Decoder, ready: () => Promise<boolean>,
 *   close: () => void}>} `ready` tells whether a better one has come up
 */
async function makeDecoder({ BarcodeDetector, startWorker, imageOf }) {
  const native = await nativeDecoder(BarcodeDetector);
  if (native !== null) {
    return { decode: native, ready: async () => false, close: () => {} };
  }
  const worker = new ScanWorker(startWorker());
  const { default: decodeQR } = await import("qr/decode.js");
  return {
    decode: async (source) => {
      const image = imageOf(source);
      return worker.isReady ? worker.decode(image) : smallDecode(decodeQR, image);
    },
    ready: () => worker.ready,
    close: () => worker.close(),
  };
}

/**
 * @param {{video: HTMLVideoElement, decode: Decoder, seen: (text: string) => void,
 *   wait: (milliseconds: number) => Promise<void>, signal: AbortSignal}} ports
 */
async function watch({ video, decode, seen, wait, signal }) {
  let last = "";
  while (!signal.aborted) {
    const isSeeing = video.readyState >= 2; // HAVE_CURRENT_DATA
    const text = isSeeing ? await decode(video).catch(() => null) : null;
    if (text !== null && text !== last && !signal.aborted) {
      last = text;
      seen(text);
    }
    await wait(FRAME_MS);
  }
}

/**
 * Return a function that takes pictures out of video frames and photos.
 * @param {() => HTMLCanvasElement} makeCanvas
 * @returns {(source: CanvasImageSource) => ImageData}
 */
function imageTaker(makeCanvas) {
  const canvas = makeCanvas();
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  return (source) => {
    const { width, height } = sizeOf(source);
    const scale = Math.min(1, MAX_WIDTH / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  };
}

/** zxing behind its messages. A worker that never gets ready is never asked. */
class ScanWorker {
  /** @type {WorkerPort} */ #worker;
  /** @type {Map<number, (text: string | null) => void>} */ #open = new Map();
  /** @type {(came: boolean) => void} */ #settle = () => {};
  #asked = 0;
  isReady = false;
  /** @type {Promise<boolean>} */
  ready = new Promise((settle) => { this.#settle = settle; });

  /** @param {WorkerPort} worker */
  constructor(worker) {
    this.#worker = worker;
    worker.addEventListener("message", ({ data }) => this.#hear(data));
    worker.addEventListener("error", () => this.close());
  }

  /** @param {Image} image @returns {Promise<string | null>} */
  decode(image) {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      this.#worker.postMessage({ id, image });
    });
  }

  close() {
    this.isReady = false;
    this.#settle(false);
    this.#worker.terminate();
    for (const resolve of this.#open.values()) resolve(null);
    this.#open.clear();
  }

  /** @param {{ready?: true, id: number, text: string | null}} answer */
  #hear({ ready, id, text }) {
    if (ready) {
      this.isReady = true;
      this.#settle(true);
    }
    this.#open.get(id)?.(text);
    this.#open.delete(id);
  }
}

/** @param {any} BarcodeDetector @returns {Promise<Decoder | null>} */
async function nativeDecoder(BarcodeDetector) {
  if (!BarcodeDetector) return null;
  try {
    // Some systems have the name and no detector behind it.
    const formats = await BarcodeDetector.getSupportedFormats();
    if (!formats.includes("qr_code")) return null;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (source) => (await detector.detect(source))[0]?.rawValue ?? null;
  } catch {
    return null;
  }
}

/** @param {(image: Image) => string} decodeQR @param {Image} image */
function smallDecode(decodeQR, image) {
  try {
    return decodeQR(image);
  } catch {
    return null; // it throws for a picture without a code
  }
}

/** @param {any} source */
function sizeOf(source) {
  return {
    width: source.videoWidth ?? source.width,
    height: source.videoHeight ?? source.height,
  };
}

/** @param {number} milliseconds @returns {Promise<void>} */
function pause(milliseconds) {
  return new Promise((done) => { setTimeout(done, milliseconds); });
}
