import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprintFigure } from "../../../frontend/certificates/fingerprint_figure.js";

const first = "0a".repeat(32);
const second = "0b".repeat(32);

test("one fingerprint has one figure, another has another", () => {
  assert.equal(fingerprintFigure(first), fingerprintFigure(first));
  assert.notEqual(fingerprintFigure(first), fingerprintFigure(second));
});

test("a figure is hidden from those who hear the page, and holds no script", () => {
  assert.match(fingerprintFigure(first), /aria-hidden="true"/);
  assert.doesNotMatch(fingerprintFigure(second), /script|style=|href|on\w+=/);
});

test("a figure is the same from the left and from the right", () => {
  const cells = new Set(
    fingerprintFigure("00ff010001ff".padEnd(64, "1")).match(/M\d \d/g) ?? [],
  );

  assert.ok(cells.size > 0);
  for (const cell of cells) {
    const [column, row] = cell.slice(1).split(" ").map(Number);
    assert.ok(cells.has(`M${4 - column} ${row}`), cell);
  }
});
