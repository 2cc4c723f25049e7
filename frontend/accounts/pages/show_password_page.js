/**
 * Pages for signing in: the buttons that show what was typed.
 */
import { initPage } from "../../lib/dom/page.js";

initPage();
