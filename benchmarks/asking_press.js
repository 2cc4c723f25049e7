/**
 * Stands in the page that answers a request for a person who types the password and
 * presses at once; asking_phone.py puts it in before the page's own scripts.
 */
let hasPressed = false;

function look() {
  const approve = document.getElementById("approve");
  const password = document.getElementById("key-password");
  const isShown = document.getElementById("view-request")?.hidden === false;
  if (hasPressed || !isShown || !approve || approve.disabled || !password) return;
  hasPressed = true;
  password.value = PASSWORD;
  setTimeout(() => approve.click());
}

new MutationObserver(look).observe(document, {
  attributes: true,
  childList: true,
  subtree: true,
});
