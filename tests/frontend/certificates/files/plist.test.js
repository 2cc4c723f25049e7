import assert from "node:assert/strict";
import { test } from "node:test";
import { writePlist } from "../../../../frontend/certificates/files/plist.js";

/** @param {import("../../../../frontend/certificates/files/plist.js").PropertyValue} value */
const inside = (value) => /<plist version="1.0">(.*)<\/plist>/s.exec(writePlist(value))?.[1];

test("each kind of value has its element", () => {
  const value = { a: "t", b: 7, c: true, d: false, e: [1, "x"], f: Uint8Array.of(0, 255), g: {} };

  assert.equal(
    inside(value),
    "<dict><key>a</key><string>t</string><key>b</key><integer>7</integer>" +
      "<key>c</key><true/><key>d</key><false/>" +
      "<key>e</key><array><integer>1</integer><string>x</string></array>" +
      "<key>f</key><data>AP8=</data><key>g</key><dict></dict></dict>",
  );
});

test("what means something in XML is escaped, in keys too", () => {
  assert.equal(inside("a<b>&\"'"), "<string>a&lt;b&gt;&amp;\"'</string>");
  assert.equal(inside({ "<&>": "]]>" }), "<dict><key>&lt;&amp;&gt;</key><string>]]&gt;</string></dict>");
  assert.equal(inside("&amp;"), "<string>&amp;amp;</string>");
  assert.equal(inside("a\r\nb"), "<string>a&#13;\nb</string>");
});

test("Hangul and what lies beyond 16 bits stand as they are", () => {
  assert.equal(inside("김하나 👩‍💻"), "<string>김하나 👩‍💻</string>");
});

for (const wrong of ["\0", "a\x1bb", "\x0b", "\ufffe", "\uffff", "\ud800", "\udc00x"])
  test(`a text with ${JSON.stringify(wrong)} is refused: XML has no way to say it`, () => {
    assert.throws(() => writePlist({ a: wrong }), { code: "plist_form" });
    assert.throws(() => writePlist({ [wrong]: "a" }), { code: "plist_form" });
  });

for (const wrong of [1.5, NaN, Infinity, 2 ** 60, null, undefined, () => {}])
  test(`${String(wrong)} is refused`, () => {
    assert.throws(() => writePlist(/** @type {any} */ ([wrong])), { code: "plist_form" });
  });
