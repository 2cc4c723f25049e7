import assert from "node:assert/strict";
import test from "node:test";
import { toCsv } from "../../../frontend/ra/csv.js";

test("a cell is quoted, and never runs as a formula", () => {
  const csv = toCsv([["ID", "Name"], ['a"b', "=1+1"], ["@x", "김하나"]]);

  assert.equal(csv, '\ufeff"ID","Name"\r\n"a""b","\'=1+1"\r\n"\'@x","김하나"\r\n');
});
