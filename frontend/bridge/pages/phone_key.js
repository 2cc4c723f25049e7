/**
 * What a phone loads when a key is ordered from it: the form, what makes keys, and the
 * protocol from the order on.
 *
 * A file of its own with its own words, which the server adds as its default export.
 */
export { setMessages as speak } from "../../lib/i18n.js";
export { issuingParts } from "../session/issuing_parts.js";
export { KeyHolderViews } from "../views/key_holder_views.js";
