import assert from "node:assert/strict";
import { test } from "node:test";
import {
  findPredecessors,
  findSuccessor,
  isSuccessorOf,
} from "../../../frontend/certificates/succession.js";
import { NEW, OF_ANOTHER, OF_ANOTHER_ISSUER, OLD, WITH_THE_SAME_KEY } from "./successors.js";

/** @param {string} id @param {Uint8Array} certificate @returns {any} */
const stored = (id, certificate) => ({ id, certificate });

test("the same holder's newer one follows, and not the other way round", () => {
  assert.equal(isSuccessorOf(NEW, OLD), true);
  assert.equal(isSuccessorOf(OLD, NEW), false);
  assert.equal(isSuccessorOf(OLD, OLD), false);
});

for (const [name, other] of Object.entries({ OF_ANOTHER, OF_ANOTHER_ISSUER, WITH_THE_SAME_KEY }))
  test(`no successor of what only looks alike: ${name}`, () => {
    assert.equal(isSuccessorOf(NEW, other), false);
  });

test("what is no certificate follows nothing and is followed by nothing", () => {
  assert.equal(isSuccessorOf(NEW, new Uint8Array([1, 2])), false);
  assert.equal(isSuccessorOf(new Uint8Array(), OLD), false);
});

test("of what is kept, the newest is the successor", () => {
  const all = [stored("other", OF_ANOTHER), stored("new", NEW), stored("old", OLD)];

  assert.equal(findSuccessor(all[2], all)?.id, "new");
  assert.equal(findSuccessor(all[1], all), undefined);
  assert.deepEqual(findPredecessors(all[1], all), [all[2]]);
  assert.deepEqual(findPredecessors(all[0], all), []);
});
