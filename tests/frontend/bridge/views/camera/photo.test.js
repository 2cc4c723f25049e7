import assert from "node:assert/strict";
import { test } from "node:test";
import { whyUnopened } from "../../../../../frontend/bridge/views/camera/photo.js";

const bytes = (/** @type {string} */ text) =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const PNG = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const JPEG = "\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

for (const [name, head, size, code] of /** @type {[string, string, number, string][]} */ ([
  ["of no bytes", "", 0, "photo_empty"],
  ["of an iPhone", "\0\0\0\x24ftypheic\0\0\0\0mif1heic", 2_000_000, "photo_kind"],
  ["of an Android phone as HEIF", "\0\0\0\x18ftypmif1\0\0\0\0", 900_000, "photo_kind"],
  ["as AVIF", "\0\0\0\x1cftypavif\0\0\0\0", 90_000, "photo_kind"],
  ["of a camera, raw", "II*\0\x08\0\0\0", 20_000_000, "photo_kind"],
  ["as JPEG XL", "\0\0\0\x0cJXL \r\n\x87\n", 90_000, "photo_kind"],
  ["that is a film", "\0\0\0\x18ftypmp42\0\0\0\0", 90_000, "photo_no_image"],
  ["that is a PDF", "%PDF-1.7\n", 90_000, "photo_no_image"],
  ["that is text", "hello", 5, "photo_no_image"],
  ["that is vector graphics", "<svg xmlns=", 90, "photo_no_image"],
  ["of too many bytes", JPEG, 60_000_000, "photo_too_large"],
  ["of too many pixels", `${PNG}\0\0\x75\x30\0\0\x75\x30`, 90_000, "photo_too_large"],
  [
    "of too many pixels, JPEG",
    `${JPEG}\xff\xc2\0\x11\x08\xff\xff\xff\xff\x03`, 90_000, "photo_too_large",
  ],
  ["that was cut, PNG", `${PNG}\0\0\x02\x80\0\0\x01\xe0`, 90, "photo_broken"],
  ["that was cut, JPEG", JPEG, 90, "photo_broken"],
  ["that is a JPEG of zeros", "\xff\xd8\xff\0\0\0\0\0\0\0\0\0\0\0", 90, "photo_broken"],
])) {
  test(`a photo ${name} is said to be ${code}`, () => {
    assert.equal(whyUnopened(bytes(head), size), code);
  });
}
