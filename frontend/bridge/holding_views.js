/**
 * What this browser keeps, as cards to choose from.
 */
import { openStore } from "../certificates/store.js";
import { day, moment } from "../lib/days.js";
import { make } from "../lib/dom.js";
import { _ } from "../lib/words.js";
import { readCertificate } from "../pki/certificate.js";

/** @typedef {import("../certificates/store.js").Holding} Holding */
/** What a page was asked to send: a certificate by its id here or at the centre.
 * @typedef {{certificate?: string, serverId?: string}} Wanted
 */

/**
 * Return what can be sent, the wanted one first.
 * @param {Wanted} wanted
 * @returns {Promise<Holding[]>}
 * @throws {Error} `not_here` where the wanted one is not, `nothing_here` without any
 */
export async function holdings({ certificate, serverId }) {
  const store = await openStore();
  const all = await store.all();
  const isWanted = (/** @type {Holding} */ each) =>
    each.id === certificate || (serverId !== undefined && each.serverId === serverId);
  if (certificate === undefined && serverId === undefined) {
    if (all.length === 0) throw coded("nothing_here");
    return all;
  }
  const wanted = all.filter(isWanted);
  if (wanted.length === 0) throw coded("not_here");
  return [...wanted, ...all.filter((each) => !isWanted(each))];
}

/**
 * Fill `place` with the cards; the first is chosen.
 * @param {HTMLElement} place a fieldset
 * @param {Holding[]} held
 */
export function showCards(place, held) {
  const legend = place.querySelector("legend");
  place.replaceChildren(...(legend ? [legend] : []), ...held.map(cardOf));
  /** @type {HTMLInputElement | null} */ (place.querySelector("input"))?.click();
}

/**
 * Return the one that was chosen.
 * @param {HTMLElement} place
 * @param {Holding[]} held
 */
export function chosenOf(place, held) {
  const input = place.querySelector("input:checked");
  const id = input instanceof HTMLInputElement ? input.value : "";
  return held.find((each) => each.id === id) ?? held[0];
}

/** @param {Holding} held */
function cardOf({ id, certificate, cameFrom, keptAt }) {
  const { name, issuerName, notAfter, serial } = readCertificate(certificate);
  const language = document.documentElement.lang;
  const kept = { day: moment(new Date(keptAt), language) };
  return make(
    "label",
    { class: "choice" },
    make("input", { type: "radio", name: "certificate", value: id }),
    make(
      "span",
      {},
      make("b", {}, `${name} · …${serial.slice(-8)}`),
      make("small", {}, _("Issued by %(issuer)s", { issuer: issuerName })),
      make("small", {}, _("Until %(day)s 23:59", { day: day(notAfter, language) })),
      make(
        "small",
        {},
        cameFrom === "bridge"
          ? _("Received from another device on %(day)s.", kept)
          : _("Made in this browser on %(day)s.", kept),
      ),
    ),
  );
}

/** @param {string} code */
const coded = (code) => Object.assign(new Error(), { code });
