/** Archives: what goes in comes out, and nothing is unpacked that asks for too much. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { zipSync } from "fflate";
import { concat, fromBase64, utf8 } from "../../../../frontend/lib/bytes.js";
import { expand, isZip, readZip, writeZip } from "../../../../frontend/npki/files/archive.js";
import { MAX_ARCHIVE_BYTES } from "../../../../frontend/npki/files/folder.js";

const FILES = [
  { path: "NPKI/yessign/USER/cn=홍길동()00/signCert.der", octets: Uint8Array.of(1, 2, 3) },
  { path: "NPKI/yessign/USER/cn=홍길동()00/signPri.key", octets: new Uint8Array(1300).fill(7) },
];
const VECTORS = JSON.parse(
  await readFile(new URL("../../../vectors/npki_archives.json", import.meta.url), "utf8"),
);
/** @param {Record<string, any>} tree */
const packed = (tree) => Uint8Array.from(zipSync(tree));

/** @param {() => unknown} work @param {string} code */
const refuses = (work, code) => assert.throws(work, { code });

test("what is written is read again, names and bytes", () => {
  assert.deepEqual(readZip(writeZip(FILES)), FILES);
});

for (const { name, zip, files } of VECTORS.read)
  test(`a zip is read as in the terminal: ${name}`, () => {
    const expected = files.map((/** @type {{path: string, octets: string}} */ { path, octets }) =>
      ({ path, octets: fromBase64(octets) }));

    assert.deepEqual(readZip(fromBase64(zip)), expected);
  });

for (const { name, zip, code } of VECTORS.refused)
  test(`a zip is refused as in the terminal: ${name}`, () => {
    refuses(() => readZip(fromBase64(zip)), code);
  });

test("the same files give the same archive", () => {
  assert.deepEqual(writeZip(FILES), writeZip(FILES));
});

test("deflated entries are read, and others than certificates and keys are left", () => {
  const zip = packed({ "a/signCert.der": [FILES[1].octets, { level: 9 }], "a/notes.txt": utf8("x") });

  assert.deepEqual(readZip(zip), [{ path: "a/signCert.der", octets: FILES[1].octets }]);
});

test("a name of Korean Windows is read", () => {
  const zip = packed({ "AAAA.der": FILES[0].octets });
  const name = Uint8Array.of(0xb0, 0xa1, 0xb3, 0xaa); // 가나 in CP949
  for (let at = 0; at < zip.length - 4; at += 1)
    if (String.fromCharCode(...zip.subarray(at, at + 4)) === "AAAA") zip.set(name, at);

  assert.deepEqual(readZip(zip), [{ path: "가나.der", octets: FILES[0].octets }]);
});

test("what begins with an archive's signature is one", () => {
  assert.equal(isZip(writeZip(FILES)), true);
  assert.equal(isZip(utf8("PK no")), false);
  assert.equal(isZip(new Uint8Array()), false);
});

test("one that is too large for its kind comes cut", () => {
  const [{ octets }] = readZip(packed({ "signPri.key": new Uint8Array(20_000).fill(1) }));

  assert.equal(octets.length, 16 * 1024 + 1);
});

test("an archive that would unpack to very much is refused before", () => {
  refuses(() => readZip(packed({ "a.pem": new Uint8Array(10_000_000) })), "zip_too_large");
});

test("too large an archive is not looked at", () => {
  refuses(() => readZip(new Uint8Array(MAX_ARCHIVE_BYTES + 1)), "zip_too_large");
});

for (const name of ["../signCert.der", "/etc/signCert.der", "C:/signCert.der", "a/../../b.der"])
  test(`a name that leads out is refused: ${name}`, () => {
    refuses(() => readZip(packed({ [name]: FILES[0].octets })), "path_unsafe");
  });

test("folders in folders have an end", () => {
  refuses(() => readZip(packed({ [`${"a/".repeat(16)}b.der`]: FILES[0].octets })), "tree_too_deep");
});

test("an archive with a password says so", () => {
  const zip = packed({ "a.der": FILES[0].octets });
  const view = new DataView(zip.buffer);
  for (let at = 0; at < zip.length - 4; at += 1)
    if (view.getUint32(at, true) === 0x02014b50) zip[at + 8] |= 1;

  refuses(() => readZip(zip), "zip_encrypted");
});

test("every cut and every changed byte is refused, or changes nothing", () => {
  const zip = writeZip(FILES);
  for (let at = 0; at < zip.length; at += 1) {
    assert.throws(() => readZip(zip.slice(0, at)), (error) => /^zip_/.test(/** @type {any} */ (error).code));
    const changed = Uint8Array.from(zip);
    changed[at] ^= 0xff;
    try {
      for (const { octets } of readZip(changed))
        assert.ok(FILES.some((file) => String(file.octets) === String(octets)));
    } catch (error) {
      assert.match(/** @type {any} */ (error).code, /^(zip_|path_unsafe|tree_too_deep)/);
    }
  }
});

test("a tree with an archive in it is one tree; one that is broken is a problem", () => {
  const broken = concat(writeZip(FILES).subarray(0, 60));
  const { files, problems } = expand([
    { path: "x.zip", octets: writeZip([FILES[0]]) },
    { path: "broken.zip", octets: broken },
    { path: "y.der", octets: FILES[0].octets },
  ]);

  assert.deepEqual(files.map(({ path }) => path), [`x.zip/${FILES[0].path}`, "y.der"]);
  assert.deepEqual(problems, [{ path: "broken.zip", code: "zip_form" }]);
});
