/**
 * Reads a QR code through the camera, or from a photo.
 *
 * The browser's own detector where there is one; else zxing in a worker, loaded on
 * request, and the small decoder until that is there or where it may not run. What was
 * read goes out as text. Only browserParts() touches the browser.
 */
import { HEAD_BYTES, whyUnopened } from "./photo.js";
import "./camera_messages.js";

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
 *   isSecure: boolean,
 *   BarcodeDetector?: any,
 *   startWorker: () => WorkerPort,
 *   imageOf: (source: CanvasImageSource) => ImageData,
 *   readsBack: () => boolean,
 *   openImage: (file: Blob) => Promise<ImageBitmap>,
 *   wait: (milliseconds: number) => Promise<void>,
 * }} BrowserParts
 */
/**
 * Why there is no picture: the camera; `canvas_blocked`, the browser changes what pages
 * read from a picture; `scanner_unloaded`, what reads codes did not come.
 * @typedef {"camera_refused" | "camera_missing" | "camera_busy" | "camera_insecure"
 *   | "camera_failed" | "camera_lost" | "canvas_blocked" | "scanner_unloaded"
 *   | "photo_unreadable" | import("./photo.js").PhotoCode} CameraCode
 */
/**
 * Who hears what the camera sees: `seen` is called once for a code that stays in the
 * picture, `failed` when no more will come.
 * @typedef {{seen: (text: string) => void, failed: (error: CameraError) => void}} Listener
 */

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
  NotReadableError: "camera_busy",
};

/**
 * Show the back camera's picture in `video` and tell each code that comes by.
 * @param {HTMLVideoElement} video
 * @param {Listener} listener
 * @param {BrowserParts} [parts]
 * @returns {Promise<{stop(): void}>} turns the camera off
 * @throws {CameraError}
 */
export async function openCamera(video, { seen, failed }, parts = browserParts()) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const fail = (/** @type {CameraError} */ error) => void (signal.aborted || failed(error));
  const turnOff = await startStream(parts, video, () =>
    fail(new CameraError("camera_lost")),
  );
  const { decode, close } = await makeDecoder(parts).catch((error) => {
    turnOff();
    throw error;
  });
  void watch({ video, decode, seen, wait: parts.wait, signal }).catch(fail);
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
 * @returns {Promise<string | null>} null when it shows none
 * @throws {CameraError} when the browser cannot open it, or cannot read from it
 */
export async function readPhoto(file, parts = browserParts()) {
  const bitmap = await parts.openImage(file).catch(() => null);
  if (bitmap === null) throw new CameraError(await whyNot(file));
  try {
    const { decode, ready, close } = await makeDecoder(parts);
    // There is time for the better decoder here, and no next frame to hope for.
    const better = async () => (await ready()) ? decode(bitmap) : null;
    return await decode(bitmap).then((text) => text ?? better()).finally(close);
  } finally {
    bitmap.close();
  }
}

/** @param {Blob} file @returns {Promise<CameraCode>} */
async function whyNot(file) {
  const head = await file.slice(0, HEAD_BYTES).arrayBuffer().catch(() => null);
  if (head === null) return "photo_unreadable";
  return whyUnopened(new Uint8Array(head), file.size);
}

/**
 * Return what this browser has.
 * @returns {BrowserParts}
 */
function browserParts() {
  const canvas = document.createElement("canvas");
  return {
    devices: navigator.mediaDevices,
    isSecure: globalThis.isSecureContext,
    BarcodeDetector: /** @type {any} */ (globalThis).BarcodeDetector,
    startWorker: () =>
      // Not relative: the phone's script with its words is served from another folder.
      new Worker(new URL("/static/dist/scan_worker.js", import.meta.url), { type: "module" }),
    imageOf: (source) => imageOn(canvas, source),
    readsBack: () => readsBack(canvas),
    openImage: (file) => createImageBitmap(file),
    wait: pause,
  };
}

/**
 * @param {Pick<BrowserParts, "devices" | "isSecure">} parts
 * @param {HTMLVideoElement} video
 * @param {() => void} lost called when the picture ends by itself
 * @returns {Promise<() => void>}
 */
async function startStream({ devices, isSecure }, video, lost) {
  if (!isSecure) throw new CameraError("camera_insecure");
  if (!devices) throw new CameraError("camera_missing");
  const stream = await devices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: MAX_WIDTH } },
  }).catch((error) => {
    throw new CameraError(REFUSALS[error.name] ?? "camera_failed");
  });
  const turnOff = () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  // Not for a track that we stop ourselves; W3C mediacapture-main 4.3.3.
  for (const track of stream.getTracks()) track.addEventListener("ended", lost);
  video.srcObject = stream;
  video.setAttribute("playsinline", ""); // else iOS goes to full screen
  await video.play().catch(() => {
    turnOff();
    throw new CameraError("camera_failed");
  });
  return turnOff;
}

/**
 * Return the best decoder this browser has.
 * @param {Pick<BrowserParts, "BarcodeDetector" | "startWorker" | "imageOf"
 *   | "readsBack">} parts
 * @returns {Promise<{decode: Decoder, ready: () => Promise<boolean>,
 *   close: () => void}>} `ready` tells whether a better one has come up
 */
async function makeDecoder(parts) {
  const native = await nativeDecoder(parts.BarcodeDetector);
  if (native === null) return ownDecoder(parts);
  /** @type {Awaited<ReturnType<typeof ownDecoder>> | null} */
  let own = null;
  return {
    decode: async (source) => {
      if (own !== null) return own.decode(source);
      try {
        return await native(source);
      } catch {
        own = await ownDecoder(parts); // it is there, and does not work
        return own.decode(source);
      }
    },
    ready: async () => own !== null && own.ready(),
    close: () => own?.close(),
  };
}

/**
 * Return the decoder that comes with the page.
 * @param {Pick<BrowserParts, "startWorker" | "imageOf" | "readsBack">} parts
 * @throws {CameraError}
 */
async function ownDecoder({ startWorker, imageOf, readsBack }) {
  if (!readsBack()) throw new CameraError("canvas_blocked");
  const worker = new ScanWorker(startWorker());
  const { default: decodeQR } = await import("qr/decode.js").catch(() => {
    worker.close();
    throw new CameraError("scanner_unloaded");
  });
  return {
    /** @type {Decoder} */
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
    const text = isSeeing ? await decode(video).catch(unlessOver) : null;
    if (text !== null && text !== last && !signal.aborted) {
      last = text;
      seen(text);
    }
    await wait(FRAME_MS);
  }
}

/** A frame that could not be read is followed by another. @param {unknown} error */
function unlessOver(error) {
  if (error instanceof CameraError) throw error;
  return null;
}

/**
 * Take a picture out of a video frame or a photo.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasImageSource} source
 */
function imageOn(canvas, source) {
  const { width, height } = sizeOf(source);
  const scale = Math.min(1, MAX_WIDTH / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = contextOf(canvas);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * Tell whether what is painted is what is read. Some browsers hand noise to pages, so
 * that these cannot recognise a device; the best picture then shows no code.
 * @param {HTMLCanvasElement} canvas
 */
function readsBack(canvas) {
  try {
    [canvas.width, canvas.height] = [2, 1];
    const context = contextOf(canvas);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 1, 1);
    context.fillStyle = "#000";
    context.fillRect(1, 0, 1, 1);
    const { data } = context.getImageData(0, 0, 2, 1);
    // A little noise does no harm.
    const isWhite = data.subarray(0, 3).every((value) => value > 191);
    return isWhite && data.subarray(4, 7).every((value) => value < 64);
  } catch {
    return false;
  }
}

/** @param {HTMLCanvasElement} canvas */
const contextOf = (canvas) =>
  /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );

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
