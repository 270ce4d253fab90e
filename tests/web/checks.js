// What is wrong with what is on screen: text that is cut, covered, or wider than the
// page, or that shows the marks of Markdown.
() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    wrong.push(`the page is ${root.scrollWidth} wide, its window ${root.clientWidth}`);
  }
  const modal = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  const name = (element) =>
    `${element.tagName.toLowerCase()}.${[...element.classList].join(".")}`;
  const isWithin = (element, check) => {
    for (let one = element; one !== null; one = one.parentElement) {
      if (check(getComputedStyle(one))) return true;
    }
    return false;
  };
  const isForEarsOnly = (element) => isWithin(element, (style) => style.clipPath === "inset(50%)");
  const isHidden = (element) =>
    element.closest("[hidden], [inert], .cm-editor, svg, option, .uplot") !== null ||
    !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ||
    isForEarsOnly(element);
  const clips = (style) => ["hidden", "clip"].includes(style);
  const scrolls = (style) => ["auto", "scroll"].includes(style);

  /** The ancestor that a text does not fit into. An endless name may end in dots. */
  const cutBy = (element, box) => {
    for (let one = element; one !== null && one !== document.body; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (scrolls(style.overflowX) || scrolls(style.overflowY)) return null;
      const outer = one.getBoundingClientRect();
      const wide = clips(style.overflowX) && (box.right > outer.right + 1 || box.left < outer.left - 1);
      const high = clips(style.overflowY) && (box.bottom > outer.bottom + 2 || box.top < outer.top - 2);
      if (wide && style.textOverflow === "ellipsis" && one.closest("[title]") !== null) return null;
      if (wide || high) return one;
      if (["fixed", "sticky"].includes(style.position)) return null;
    }
    return null;
  };
  const isFloating = (element) => isWithin(element, (style) => ["fixed", "sticky"].includes(style.position));
  const canBeScrolled = (element) => isWithin(element, (style) => scrolls(style.overflowX));
  /** Whether a point is on screen: in the window, and scrolled into sight. */
  const isInSight = (element, x, y) => {
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return false;
    for (let one = element; one !== null && one !== document.body; one = one.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(one);
      if (overflowX === "visible" && overflowY === "visible") continue;
      const { left, right, top, bottom } = one.getBoundingClientRect();
      if (x < left || x > right || y < top || y > bottom) return false;
    }
    return true;
  };
  /** Another element that lies over the middle of a text. */
  const coveredBy = (element, box) => {
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    if (!isInSight(element, x, y)) return null;
    const top = document.elementFromPoint(x, y);
    if (top === null || top.contains(element) || element.contains(top)) return null;
    if (top.closest("label") !== null && top.closest("label") === element.closest("label")) return null;
    return isFloating(top) && !isFloating(element) ? null : top;
  };

  const texts = document.createTreeWalker(modal, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const element = node.parentElement;
    if (node.data.trim() === "" || element === null || isHidden(element)) continue;
    if (node.data.includes("`")) wrong.push(`"${node.data.trim().slice(0, 90)}" is Markdown`);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      const words = `"${node.data.trim().slice(0, 40)}" in ${name(element)}`;
      const cut = cutBy(element, box);
      if (cut !== null) wrong.push(`${words} is cut by ${name(cut)}`);
      else if (box.right > root.clientWidth + 1 && !canBeScrolled(element)) {
        wrong.push(`${words} leaves the window`);
      }
      const over = coveredBy(element, box);
      if (over !== null) wrong.push(`${words} is covered by ${name(over)}`);
    }
  }
  return [...new Set(wrong)];
}
