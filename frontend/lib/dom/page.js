/**
 * The page: the only place, beside the page scripts, that knows the document.
 */
import { configure } from "../http.js";
import { setMessages } from "../i18n.js";

/** Initialise a page: its words, its token, and its password fields' buttons. */
export function initPage() {
  initRequests();
  initPasswordButtons(document);
}

/** Hear the buttons that show what is typed into password fields. @param {ParentNode} root */
export function initPasswordButtons(root) {
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = root.querySelectorAll("[data-shows]");
  for (const button of buttons) {
    onClick(button, () => togglePassword(button));
    button.hidden = false;
  }
}

/** Initialise only words and token, where another script initialises the page. */
export function initRequests() {
  setMessages(readJson("words", {}));
  configure({ csrf: csrfToken() });
}

export const csrfToken = () =>
  document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";

/**
 * Return what a data block of the page says.
 * @template T
 * @param {string} id
 * @param {T} fallback where the page has no such block
 * @returns {T}
 */
export function readJson(id, fallback) {
  const json = document.getElementById(id)?.textContent;
  return json ? JSON.parse(json) : fallback;
}

/**
 * Return the time of the centre in milliseconds since 1970: that of this device, but in a
 * demo whose clock was set ahead.
 */
export const now = () =>
  Date.now() + Number(document.documentElement.dataset.clockAhead ?? 0);

/**
 * Hear a button, and let it be pressed from now on: until a script hears it, the template
 * says `disabled`, so that no press is lost.
 * @param {HTMLButtonElement} button
 * @param {() => unknown} press
 */
export function onClick(button, press) {
  button.addEventListener("click", press);
  button.disabled = false;
}

/**
 * Hear a form that no server hears, and let it be sent from now on.
 * @param {HTMLFormElement} form its own button is `disabled` in the template
 * @param {() => unknown} send
 */
export function onSubmit(form, send) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  for (const button of form.querySelectorAll("button"))
    if (button.type === "submit") button.disabled = false;
}

/**
 * Return the element with `id`, which the template has.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} [kind]
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof (kind ?? HTMLElement))) throw new Error(`no ${id} here`);
  return /** @type {T} */ (element);
}

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Put the drawing `svg` into `place`.
 * @param {Element} place
 * @param {string} svg the text of one svg element, made by us
 */
export function drawSvg(place, svg) {
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml");
  place.replaceChildren(document.importNode(drawing.documentElement, true));
}

/**
 * Show one of several views and move the focus to its heading.
 * @param {string} id of the view to show
 * @param {string} [prefix] of the ids of all views
 */
export function showView(id, prefix = "view-") {
  for (const view of document.querySelectorAll(`[id^=${prefix}]`)) {
    /** @type {HTMLElement} */ (view).hidden = view.id !== id;
  }
  const view = byId(id);
  const heading = view.querySelector("h1[tabindex], h2[tabindex]") ?? view;
  /** @type {HTMLElement} */ (heading).focus({ preventScroll: true });
  document.documentElement.scrollTop = 0;
}

/**
 * Let a person save `bytes` as a file.
 * @param {string} name
 * @param {import("../bytes.js").Bytes} bytes
 * @param {string} type
 */
export function downloadFile(name, bytes, type) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * Show or hide the password of the field that `button` names.
 * @param {Element} button
 */
export function togglePassword(button) {
  const field = byId(button.getAttribute("data-shows") ?? "", HTMLInputElement);
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  const next = button.getAttribute(shown ? "data-show" : "data-hide");
  button.textContent = next;
  button.setAttribute("aria-pressed", String(!shown));
}
