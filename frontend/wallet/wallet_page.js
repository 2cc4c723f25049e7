/**
 * What this browser keeps: look at it, save it as a file, delete it.
 */
import { card } from "../certificates/card.js";
import { ExportDialog } from "../certificates/export.js";
import { openStore } from "../certificates/store.js";
import { tellKept } from "../certificates/telling.js";
import { day, moment } from "../lib/days.js";
import { begin, byId, make } from "../lib/dom.js";
import { button, link, showRefusal } from "../lib/refusal.js";
import { saidOf } from "../lib/sentences.js";
import { _ } from "../lib/words.js";
import { readCertificate } from "../pki/certificate.js";

/** @typedef {import("../certificates/store.js").Holding} Holding */

begin();
const language = document.documentElement.lang;
const list = byId("wallet");
/** What this centre calls its types, by policy. @type {Record<string, string>} */
const types = JSON.parse(byId("types").textContent || "{}");
const exporting = new ExportDialog();
const removing = byId("remove", HTMLDialogElement);
try {
  const store = await openStore();
  await show(store);
} catch (error) {
  showRefusal(list, saidOf(error));
}

/** @param {import("../certificates/store.js").Store} store */
async function show(store) {
  byId("storage-note").hidden = true;
  const holdings = await store.all();
  byId("empty").hidden = holdings.length > 0;
  byId("receive").hidden = holdings.length === 0;
  list.replaceChildren(...holdings.map((holding) => cardOf(store, holding)));
  if (holdings.length > 0) await sayHowSafe();
}

/**
 * @param {import("../certificates/store.js").Store} store
 * @param {Holding} holding
 */
function cardOf(store, holding) {
  const came =
    holding.cameFrom === "bridge"
      ? _("Received from another device on %(day)s.", {
          day: moment(new Date(holding.keptAt), language),
        })
      : _("Made in this browser on %(day)s.", {
          day: moment(new Date(holding.keptAt), language),
        });
  return card(
    shownOf(holding),
    { now: Date.now(), language },
    make("p", { class: "kept" }, came),
    make(
      "div",
      { class: "actions" },
      link(_("Move to another device"), "plain", `/move#send=${holding.id}`),
      button(_("Look at the certificate"), "plain", () => details(holding)),
      button(_("Save as a file"), "plain", () => exporting.open(holding)),
      button(_("Delete"), "quiet", () => remove(store, holding)),
    ),
  );
}

/** What a card shows of a holding. @param {Holding} holding */
function shownOf(holding) {
  const read = readCertificate(holding.certificate);
  return { ...read, typeName: read.policy ? types[read.policy] : undefined };
}

/** @param {Holding} holding */
function details(holding) {
  const read = readCertificate(holding.certificate);
  const pairs = [
    [_("Holder"), read.name],
    [_("Issued by"), read.issuerName],
    [_("Valid from"), day(read.notBefore, language)],
    [_("Valid until"), `${day(read.notAfter, language)} 23:59`],
    [_("Full name in the certificate"), read.subject],
    [_("Serial number"), read.serial],
    [_("Fingerprint"), (holding.id.match(/../g) ?? []).join(":").toUpperCase()],
  ];
  byId("details-facts").replaceChildren(
    ...pairs.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
  );
  byId("details", HTMLDialogElement).showModal();
}

/**
 * @param {import("../certificates/store.js").Store} store
 * @param {Holding} holding
 */
function remove(store, holding) {
  removing.returnValue = "";
  const { name, typeName, serial } = shownOf(holding);
  byId("remove-which").textContent = [
    typeName ?? name,
    _("Number …%(end)s", { end: serial.slice(-8) }),
    moment(new Date(holding.keptAt), language),
  ].join(" · ");
  removing.addEventListener(
    "close",
    () => {
      if (removing.returnValue === "remove")
        void store.remove(holding.id).then(() => {
          void tellKept(holding.serverId, "browser", "removed");
          return show(store);
        });
    },
    { once: true },
  );
  removing.showModal();
}

/** Say whether the browser promised to keep what is here. */
async function sayHowSafe() {
  const promised = await navigator.storage?.persisted?.().catch(() => false);
  const note = byId("storage-note");
  note.hidden = promised === true;
  note.textContent = _(
    "The browser may clear its storage when space runs out or after a long time without " +
      "a visit. Save the certificate as a file too, and add this page to the home screen.",
  );
}
