/**
 * A field for a file in the page's own words (`file_field` in templates/macros).
 */
import { byId } from "../page.js";

/**
 * Name beside the field what is chosen, from now on.
 * @param {HTMLInputElement} input
 * @returns {() => void} empties the field
 */
export function initFileField(input) {
  const name = byId(`${input.id}-name`);
  const show = () => {
    name.textContent = input.files?.[0]?.name ?? name.dataset.none ?? "";
  };
  input.addEventListener("change", show);
  return () => {
    input.value = "";
    show();
  };
}
