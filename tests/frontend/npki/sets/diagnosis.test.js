/** What is the matter with a set, by the vectors that Python reads too. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fromBase64 } from "../../../../frontend/lib/bytes.js";
import { diagnose } from "../../../../frontend/npki/sets/diagnosis.js";
import { findHolders } from "../../../../frontend/npki/files/folder.js";

const { cases } = JSON.parse(
  await readFile(new URL("../../../vectors/npki_diagnosis.json", import.meta.url), "utf8"),
);

for (const { name, files, password, now, number, diagnosis } of cases)
  test(`what is the matter: ${name}`, async () => {
    const tree = Object.entries(files).map(([path, octets]) => ({
      path,
      octets: fromBase64(/** @type {string} */ (octets)),
    }));
    const { holders, pfxFiles } = findHolders(tree);
    const [source] = [...holders, ...pfxFiles];

    const options = number === null ? {} : { number };
    const actual = await diagnose(source, password, new Date(now), options);

    assert.deepEqual(
      {
        format: actual.format,
        cert: actual.cert,
        key_opens: actual.keyOpens,
        key_matches_cert: actual.keyMatchesCert,
        random_num: actual.randomNum,
        vid_present: actual.vidPresent,
        valid_now: actual.validNow,
        problems: actual.problems,
      },
      diagnosis,
    );
  });

for (const password of [null, "qwer1234!@"])
  test(`a key in the clear in a .p12 is told, password ${password}`, async () => {
    const vectors = new URL("../../../vectors/npki_pfx.json", import.meta.url);
    const { cases: files } = JSON.parse(await readFile(vectors, "utf8"));
    const { file } = files.find((/** @type {any} */ { what }) => what === "-keypbe NONE -certpbe NONE");
    const source = { path: "a.p12", octets: fromBase64(file) };

    const { problems } = await diagnose(source, password, new Date("2026-11-30T03:00:00Z"));

    assert.ok(problems.includes("key_plain"));
  });
