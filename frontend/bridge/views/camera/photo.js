/**
 * What a file that was chosen as a photo is, by its first bytes: pure.
 *
 * A browser says only that it cannot open a file. Why, a person learns from here.
 */

/** @typedef {"photo_empty" | "photo_kind" | "photo_no_image" | "photo_too_large"
 *   | "photo_broken"} PhotoCode */

/** So many bytes tell what a file is, and how large the picture in most files. */
export const HEAD_BYTES = 256 * 1024;
/** What more pixels than this take in memory, phones do not have. */
const MOST_PIXELS = 100_000_000;
const MOST_BYTES = 50_000_000;

/** Kinds that some browsers open and others do not. ISO/IEC 14496-12 4.3, TIFF, JPEG XL */
const SOME = /^(?:.{4}ftyp(?:hei|hev|mif|msf|avi)|II\*\0|MM\0\*|\xff\x0a|.{4}JXL )/s;
/** Kinds that all browsers open. */
const ALL = /^(?:\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8|RIFF.{4}WEBP|BM)/s;

/**
 * Return why a browser could not open a photo.
 * @param {Uint8Array} head its first bytes
 * @param {number} size of the whole file, in bytes
 * @returns {PhotoCode}
 */
export function whyUnopened(head, size) {
  if (size === 0) return "photo_empty";
  const first = String.fromCharCode(...head.subarray(0, 32));
  if (SOME.test(first)) return "photo_kind";
  if (!ALL.test(first)) return "photo_no_image";
  const { width, height } = sizeIn(head) ?? { width: 0, height: 0 };
  if (size > MOST_BYTES || width * height > MOST_PIXELS) return "photo_too_large";
  return "photo_broken";
}

/**
 * Return how large the picture says it is; null where that is not known.
 * @param {Uint8Array} head
 */
function sizeIn(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head[0] === 0x89 && head.length >= 24)
    return { width: view.getUint32(16), height: view.getUint32(20) };
  return head[0] === 0xff ? sizeInJpeg(view) : null;
}

/** StepGuard from segment to segment up to the frame's header. ISO/IEC 10918-1 B.2.2 */
function sizeInJpeg(/** @type {DataView} */ view) {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}
