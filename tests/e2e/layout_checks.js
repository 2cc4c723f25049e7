/**
 * What can be measured of a page as it stands: returns a list of complaints.
 * Evaluated in the page; knows nothing of the tests.
 */
() => {
  const complaints = [];
  const AA = 4.5;
  const LARGE = 3;

  const isShown = (element) =>
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
    && element.getClientRects().length > 0;

  const isUnseen = (element) => element.closest(".unseen, .skip") !== null;

  const nameOf = (element) => {
    const id = element.id ? `#${element.id}` : "";
    const text = (element.textContent ?? "").trim().slice(0, 30);
    return `<${element.localName}${id} class="${element.getAttribute("class") ?? ""}"> ${text}`;
  };

  /* A dialog hides from people what is behind it. */
  const open = document.querySelector("dialog[open]");
  const stage = open ?? document.body;

  /* Colour ------------------------------------------------------------------ */
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) =>
    [r, g, b].map((part, at) => part * a + below[at] * (1 - a));
  const groundOf = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = rgba(getComputedStyle(at).backgroundColor);
      layers.unshift(layer);
      if (layer[3] === 1) break;
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return layers.reduce((below, layer) => over(layer, below), dark ? [0, 0, 0] : [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const opacityOf = (element) => {
    let share = 1;
    for (let at = element; at; at = at.parentElement) share *= Number(getComputedStyle(at).opacity);
    return share;
  };
  const judge = (element, style, ground) => {
    const [r, g, b, a] = rgba(style.color);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = contrast(over([r, g, b, a * opacityOf(element)], ground), ground);
    if (ratio < (isLarge ? LARGE : AA)) {
      complaints.push(`contrast ${ratio.toFixed(2)}: ${nameOf(element)}`);
    }
  };

  const texts = document.createTreeWalker(stage, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const isText = texts.currentNode.data.trim() !== "" && !seen.has(element);
    // WCAG 2.2, 1.4.3: what cannot be pressed now is excepted.
    if (!isText || !isShown(element) || isUnseen(element) || element.closest(":disabled")) continue;
    seen.add(element);
    judge(element, getComputedStyle(element), groundOf(element));
  }
  for (const element of stage.querySelectorAll("*")) {
    if (!isShown(element) || isUnseen(element)) continue;
    for (const part of ["::before", "::after"]) {
      const style = getComputedStyle(element, part);
      if (!/^"[^"]+"$/.test(style.content) || style.display === "none") continue;
      judge(element, style, over(rgba(style.backgroundColor), groundOf(element)));
    }
  }
  for (const field of stage.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox])")) {
    if (!isShown(field)) continue;
    const edge = rgba(getComputedStyle(field).borderTopColor).slice(0, 3);
    const ratio = contrast(edge, groundOf(field.parentElement));
    if (ratio < LARGE) complaints.push(`edge ${ratio.toFixed(2)}: ${nameOf(field)}`);
  }

  /* Room -------------------------------------------------------------------- */
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    const wide = [...document.body.querySelectorAll("*")]
      .filter((element) => isShown(element) && !isUnseen(element)
        && element.getBoundingClientRect().right > page.clientWidth + 1)
      .map(nameOf);
    complaints.push(`wider than the window (${page.scrollWidth}): ${wide.slice(0, 3).join(" | ")}`);
  }
  const targetOf = (element) => {
    const isMark = element.matches("input[type=radio], input[type=checkbox]");
    return isMark ? element.closest("label") ?? element : element;
  };
  const isInText = (element) =>
    element.localName === "a" && getComputedStyle(element).display === "inline"
    && element.closest("p, li, dd") !== null;
  const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const element of stage.querySelectorAll(targets)) {
    if (!isShown(element) || isUnseen(element) || isInText(element)) continue;
    const { width, height } = targetOf(element).getBoundingClientRect();
    if (height < 43.5 || width < 43.5) {
      complaints.push(`target ${width.toFixed(0)}x${height.toFixed(0)}: ${nameOf(element)}`);
    }
  }

  /* Names ------------------------------------------------------------------- */
  const heads = [...document.querySelectorAll("h1")].filter(isShown);
  if (heads.length !== 1) complaints.push(`${heads.length} h1: ${heads.map(nameOf)}`);
  if (!/\S.* · certferry$/.test(document.title)) complaints.push(`title: ${document.title}`);
  if (!["ko", "en"].includes(page.lang)) complaints.push(`lang: ${page.lang}`);
  for (const picture of document.querySelectorAll("svg, img")) {
    const isHidden = picture.closest("[aria-hidden=true], [role=img][aria-label]") !== null;
    const name = picture.getAttribute("aria-label") ?? picture.getAttribute("alt");
    if (isShown(picture) && !isHidden && name === null) {
      complaints.push(`nameless picture in ${nameOf(picture.parentElement)}`);
    }
  }
  for (const element of stage.querySelectorAll("button, a[href], input:not([type=hidden])")) {
    if (!isShown(element)) continue;
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join("");
    const name = `${element.textContent}${labels}${element.getAttribute("aria-label") ?? ""}`;
    if (name.trim() === "") complaints.push(`nameless: ${nameOf(element)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids.filter((other, at) => ids.indexOf(other) !== at))) {
    complaints.push(`id twice: ${id}`);
  }
  return complaints;
}
