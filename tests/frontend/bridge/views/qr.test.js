import assert from "node:assert/strict";
import { test } from "node:test";
import decodeQR from "qr/decode.js";
import { drawQr, QrError } from "../../../../frontend/bridge/views/qr.js";
import { writeLink } from "../../../../frontend/bridge/core/link.js";
import { random } from "../support/makers.js";

/** @param {string} origin */
const linkTo = (origin) =>
  writeLink(origin, { dir: "GS", seed: random(32), fp: random(16) });

test("what is drawn is what a decoder reads", () => {
  const text = linkTo("https://bank.example");

  const { svg } = drawQr(text);

  assert.equal(decodeQR(pixels(svg, 4)), text);
});

test("a host of 20 characters fits into version 6", () => {
  assert.ok(drawQr(linkTo(`https://${"h".repeat(20)}`)).version <= 6);
  assert.ok(drawQr(linkTo("http://127.0.0.1:8000")).version <= 6);
});

test("four white modules stand around the code", () => {
  const { svg, version } = drawQr(linkTo("https://bank.example"));
  const size = 17 + 4 * version + 8;

  const { data, width } = pixels(svg, 1);

  assert.equal(width, size);
  for (let i = 0; i < 4 * size; i += 1) assert.equal(data[4 * i], 255);
  assert.equal(data[4 * (4 * size + 4)], 0);
});

test("a text that no phone would read from a screen is refused", () => {
  assert.throws(() => drawQr("x".repeat(300)), QrError);
  assert.throws(() => drawQr("x".repeat(5000)), QrError);
});

/** Paint the rectangles of our own SVG. @param {string} svg @param {number} scale */
function pixels(svg, scale) {
  const modules = Number(svg.match(/viewBox="0 0 (\d+)/)?.[1]);
  const width = modules * scale;
  const data = new Uint8ClampedArray(4 * width * width).fill(255);
  for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row += 1) {
      const from = 4 * (row * width + Number(x) * scale);
      data.fill(0, from, from + 4 * Number(run) * scale);
    }
  }
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return { width, height: width, data };
}
