/* What a page does while it is read, besides what the theme's scripts do. Nothing here measures the
   whole page: observers report what comes near. */

(() => {
  const SCROLLABLE =
    "pre, table.table, div.math, .cell_output > .output, :is(figure, .cell_output):has(> img.wide)";

  /* What scrolls can be reached with the keyboard; what does not is no stop on its way. A section
     that is not near has no sizes yet: its blocks are looked at when it gets them. */
  const blocks = new ResizeObserver((entries) => {
    const scrolls = entries.map(({ target }) => target.scrollWidth > target.clientWidth);
    entries.forEach(({ target }, index) => setStop(target, scrolls[index]));
  });

  /* A plain element that is a stop needs a role and a name, and must have none where it is no stop. */
  let outputs = 0;
  function setStop(block, scrolls) {
    if (scrolls) block.tabIndex = 0;
    else block.removeAttribute("tabindex");
    if (block.tagName !== "DIV") return;
    block.dataset.name ??= block.getAttribute("aria-label") ?? `Output ${++outputs}`;
    if (scrolls) {
      block.setAttribute("role", "region");
      block.setAttribute("aria-label", block.dataset.name);
    } else {
      block.removeAttribute("role");
      block.removeAttribute("aria-label");
    }
  }

  const watch = (block) => block.matches(SCROLLABLE) && blocks.observe(block);
  const watchAll = (root) => root.querySelectorAll(SCROLLABLE).forEach((block) => blocks.observe(block));
  watchAll(document);
  /* What a running cell adds, and what holds it: its first wide figure makes an output scroll. */
  new MutationObserver((changes) => {
    const holders = new Set(changes.map(({ target }) => target));
    const added = changes.flatMap((change) => [...change.addedNodes]);
    const elements = added.filter((node) => node instanceof Element);
    elements.forEach(watchAll);
    new Set([...holders, ...elements]).forEach(watch);
  }).observe(document.getElementById("main-content"), { childList: true, subtree: true });

  /* The contents at the side show which section is in the upper part of the window. */
  const links = new Map(
    [...document.querySelectorAll(".bd-toc-nav a[href^='#']")].map((link) => [
      document.getElementById(decodeURIComponent(link.hash.slice(1))),
      link,
    ]),
  );
  const visible = new Set();
  const sections = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries)
        isIntersecting ? visible.add(target) : visible.delete(target);
      const current = [...links.keys()].filter((section) => visible.has(section)).at(-1);
      for (const [section, link] of links) {
        const active = section === current || section.contains(current ?? null);
        link.classList.toggle("active", active);
        link.parentElement.classList.toggle("active", active);
      }
    },
    { rootMargin: "0px 0px -60% 0px" },
  );
  for (const section of links.keys()) sections.observe(section);
})();
