/**
 * Before a sign-out on a device that several people use: what of this person's stays.
 */
import { Card } from "../../certificates/views/certificate_card.js";
import { coveringHere } from "../../certificates/visibility.js";
import { placeOf } from "../../certificates/views/certificate_face.js";
import { RemovalDialog } from "../../certificates/views/removal_dialog.js";
import { idOf, watchHere } from "../../certificates/status_watch.js";
import { openStore } from "../../certificates/store.js";
import { begin, byId, make } from "../../lib/dom/page.js";
import { sayFaults } from "../../lib/dom/fault_notice.js";
import { button, link, showRefusal } from "../../lib/dom/outcome_view.js";
import { saidOf } from "../../lib/error_messages.js";
import { _ } from "../../lib/i18n.js";
import { readCertificate } from "../../pki/certificate.js";

/** @typedef {import("../../certificates/store.js").Holding} Holding */
/** @typedef {import("../../certificates/store.js").Store} Store */

begin();
sayFaults();
const list = byId("leaving");
const watch = watchHere();
try {
  const store = await openStore();
  await show(store, new RemovalDialog(store));
} catch (error) {
  showRefusal(list, saidOf(error));
}

/**
 * @param {Store} store
 * @param {RemovalDialog} removing
 */
async function show(store, removing) {
  const { shown } = coveringHere().split(await store.all());
  const stays = shown.length > 0;
  byId("leaving-what").hidden = byId("leaving-keep").hidden = !stays;
  byId("leaving-none").hidden = byId("leaving-go").hidden = stays;
  list.replaceChildren(...shown.map((each) => cardOf(each, { store, removing })));
}

/**
 * @param {Holding} holding
 * @param {{store: Store, removing: RemovalDialog}} how
 */
function cardOf(holding, { store, removing }) {
  const read = readCertificate(holding.certificate);
  const id = idOf(holding, read);
  const remove = button(_("Delete from this device"), "plain", () =>
    removing.ask(
      { holding, state: watch.validityOf(id, read).state },
      () => {
        byId("leaving-title").focus();
        void show(store, removing).catch((error) => showRefusal(list, saidOf(error)));
      },
    ),
  );
  const move = link(_("Move to another device"), "plain", `/move#send=${holding.id}`);
  const card = new Card(
    read,
    { validity: watch.validityOf(id, read), place: placeOf(holding) },
    make("div", { class: "actions" }, remove, move),
  );
  void watch.follow([id], () => card.update(watch.validityOf(id, read)));
  return card.element;
}
