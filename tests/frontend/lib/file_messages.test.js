/** Each code of frontend/npki has words of its own, and says what to do now. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import {
  fileMessageForCode,
  fileMessageOf,
} from "../../../frontend/lib/file_messages.js";
import { messageForCode } from "../../../frontend/lib/error_messages.js";
import { CodedError } from "../../../frontend/lib/errors.js";
// Whatever loads npki has these too: the modules that throw them load them.
import "../../../frontend/npki/identity.js";
import "../../../frontend/npki/encryption/errors.js";
import "../../../frontend/npki/pfx_messages.js";

const NPKI = new URL("../../../frontend/npki/", import.meta.url);
/** Said in other words on the card of a certificate, or of numbers that no page asks for. */
const ELSEWHERE = new Set([
  ...["random_num_missing", "bad_random_number", "vid_missing", "vid_mismatch"],
  ...["vid_hash_unknown", "vid_form", "identity_number", "identity_form", "bad_identity_number"],
  ...["certificate_expired", "certificate_not_yet_valid", "password_encoding"],
]);

/** @returns {Promise<string[]>} */
async function codesOfNpki() {
  const files = (await readdir(NPKI, { recursive: true })).filter((name) => name.endsWith(".js"));
  const sources = await Promise.all(files.map((name) => readFile(new URL(name, NPKI), "utf8")));
  const raised = sources.flatMap((source) =>
    [...source.matchAll(/code[ =:?(]+[^"\n]*"([a-z_0-9]+)"(?:[^"\n]*"([a-z_0-9]+)")?/g)].flatMap(
      ([, one, other]) => [one, other],
    ),
  );
  return [...new Set(raised.filter(Boolean))].filter((code) => !ELSEWHERE.has(code));
}

test("the codes are found", async () => {
  const codes = await codesOfNpki();

  for (const code of ["wrong_password", "key_form", "zip_encrypted", "tree_too_large"])
    assert.ok(codes.includes(code), code);
});

test("each has its own words", async () => {
  const general = messageForCode("").sentence;
  for (const code of await codesOfNpki()) {
    const { sentence, next } = fileMessageForCode(code);
    assert.notEqual(sentence, general, `${code} has no words`);
    assert.notEqual(next, "", code);
  }
});

test("a problem of the second pair says which pair, and the same", () => {
  const { sentence, next } = fileMessageForCode("key_mismatch");
  const ofSecond = fileMessageForCode("km_key_mismatch");

  assert.match(ofSecond.sentence, /kmPri/);
  assert.ok(ofSecond.sentence.endsWith(sentence));
  assert.equal(ofSecond.next, next);
});

test("an error that is none of a file has the common words", () => {
  assert.deepEqual(fileMessageOf(new CodedError("offline")), messageForCode("offline"));
});
