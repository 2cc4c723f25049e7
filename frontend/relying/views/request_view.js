/**
 * Shows a request on the device that answers it: who asks, what for, and from where.
 */
import { Countdown } from "../../lib/dom/countdown.js";
import { byId, make } from "../../lib/dom/page.js";
import { _ } from "../../lib/i18n.js";

/**
 * What the centre tells of a request; `numbers` is empty where none is to be picked.
 * @typedef {Omit<import("../request_statement.js").Statement, "centre" | "fingerprint"> & {
 *   secondsLeft: number, browser: {network: string, device: string}, numbers: string[],
 * }} OpenedRequest
 */

/** @param {OpenedRequest} request @returns {Countdown} that runs */
export function showRequest(request) {
  const { asker, contents, numbers, browser } = request;
  byId("asker-name").textContent = asker.name;
  byId("asker-origin").textContent = asker.origin;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-purpose]")
  ))
    element.hidden = element.dataset.purpose !== contents.purpose;
  showContents(contents);
  showBrowser(browser, numbers.length === 0);
  showNumbers(numbers);
  const countdown = new Countdown(byId("time-left"));
  countdown.start(request.secondsLeft);
  return countdown;
}

/** The number that was picked; empty where none was. */
export const pickedNumber = () =>
  byId("numbers").querySelector("input:checked")?.getAttribute("value") ?? "";

/** @param {import("../request_statement.js").Contents} contents */
function showContents({ documents = [], text = "", facts = [] }) {
  byId("documents").replaceChildren(...documents.map(documentRow));
  byId("consent-text").textContent = text;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-fact]")
  ))
    element.hidden = !facts.includes(element.dataset.fact ?? "");
}

/** @param {{title: string, digest: string}} document */
function documentRow({ title, digest }) {
  const code = make("code", { class: "hash", translate: "no" }, digest);
  const more = make("details", { class: "more" });
  more.append(make("summary", {}, _("Its fingerprint (SHA-256)")));
  more.append(make("p", { class: "small" }, code));
  return make("li", {}, make("b", { translate: "no" }, title), more);
}

/** @param {{network: string, device: string}} browser @param {boolean} isSame */
function showBrowser({ network, device }, isSame) {
  const deviceCell = byId("browser-device");
  const networkCell = byId("browser-network");
  deviceCell.textContent = device || (deviceCell.dataset.unknown ?? "");
  const other = network || (networkCell.dataset.unknown ?? "");
  networkCell.textContent = isSame ? (networkCell.dataset.same ?? "") : other;
  byId("elsewhere").hidden = isSame;
}

/** @param {string[]} numbers */
function showNumbers(numbers) {
  byId("numbers").hidden = numbers.length === 0;
  byId("number-choices").replaceChildren(
    ...numbers.map((number) =>
      make(
        "label",
        { class: "choice" },
        make("input", { type: "radio", name: "number", value: number }),
        make("span", { class: "figures", translate: "no" }, number),
      ),
    ),
  );
}
