/* What a page does while it is read, besides what the theme's scripts do. Nothing here measures the
   whole page: observers report what comes near. */

(() => {
  const BLOCKS = "pre, .cell_output > .output";

  /* A block that scrolls can be reached with the keyboard; one that does not is no stop on its way. */
  const blocks = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight)
          target.tabIndex = 0;
        else target.removeAttribute("tabindex");
      }
    },
    { rootMargin: "50% 0px" },
  );
  const watchBlocks = () => document.querySelectorAll(BLOCKS).forEach((e) => blocks.observe(e));
  watchBlocks();
  new MutationObserver(watchBlocks).observe(document.getElementById("main-content"), {
    childList: true,
    subtree: true,
  });

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
