/** Return every text of the page, also the names that only a screen reader says. */
() => {
  const names = ["aria-label", "title", "alt", "placeholder", "data-show", "data-hide"];
  const texts = [document.title];
  for (const element of document.querySelectorAll("body, body *")) {
    for (const name of names) texts.push(element.getAttribute(name) ?? "");
    if (["SCRIPT", "NOSCRIPT", "STYLE"].includes(element.tagName)) continue;
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
    }
  }
  return texts.map((text) => text.trim().replace(/\s+/g, " ")).filter((text) => text);
}
