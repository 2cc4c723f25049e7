/**
 * What a phone loads to find a code itself: the camera, and the field for the number.
 *
 * A file of its own with its own words, which the server adds as its default export.
 */
export { setMessages as speak } from "../../lib/i18n.js";
export { NumberField } from "../views/number_views.js";
export { ScanViews } from "../views/camera/scan_views.js";
