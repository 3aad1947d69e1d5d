/**
 * Makes one document of the built book's pages, inside the browser that prints it. No script of a
 * page runs here: what a page shows without JavaScript is what is printed.
 *
 * @param {{
 *   book: {title: string, author: string, year: string, license: string, address: string},
 *   pages: {name: string, depth: number, part: string}[],
 *   style: string,
 * }} request  the pages in the order of the table of contents; depth 1 is a chapter, 2 a side page
 * @returns {Promise<{
 *   headings: {level: number, title: string, letters: string, page: ?string}[],
 *   problems: string[],
 * }>}  each heading, its letters without formulas, and the page that it begins; what is wrong
 */
async ({ book, pages, style }) => {
  const printed = new Set(pages.map((page) => page.name));

  /** The page "book/x" of an address in the built book, or null for anything else. */
  const pageAt = (url) =>
    url.origin === location.origin && url.pathname.endsWith(".html")
      ? decodeURIComponent(url.pathname.slice(1, -".html".length))
      : null;

  // Pages repeat each other's anchors ("summary"): in one document each gets its page's name.
  const anchor = (page, id) => (id ? `${page}:${id}` : page);

  const ON_SCREEN = "script, button, input, .headerlink, .interactive, .live, .live-not";

  const element = (name, className, ...content) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...content);
    return made;
  };

  /** The address and the document of a page. */
  const read = async (name) => {
    const address = new URL(`/${name}.html`, location.href);
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return [address, new DOMParser().parseFromString(await answer.text(), "text/html")];
  };

  const redirectLinks = (article, name, base) => {
    for (const link of article.querySelectorAll("a[href]")) {
      const url = new URL(link.getAttribute("href"), base);
      const target = pageAt(url);
      if (printed.has(target)) {
        link.setAttribute("href", `#${anchor(target, decodeURIComponent(url.hash.slice(1)))}`);
      } else if (url.origin === location.origin) {
        link.replaceWith(...link.childNodes); // a page or file that is not in the PDF
      }
    }
  };

  /** The text of a heading, with its formulas as their TeX source or as nothing. */
  const textOf = (heading, formulas = null) => {
    const copy = heading.cloneNode(true);
    copy.querySelectorAll(".katex").forEach((math) => math.replaceWith(formulas ?? math.ariaLabel));
    return copy.textContent.replace(/\s+/g, " ").trim();
  };

  // Each element costs the PDF a node for screen readers, and there are 300,000. A formula becomes
  // one node, read by its TeX source; in code only comments, strings and keywords have a color.
  const lighten = (article) => {
    for (const formula of article.querySelectorAll(".katex")) {
      formula.setAttribute("role", "img");
      formula.setAttribute("aria-label", formula.querySelector("annotation").textContent);
      formula.querySelector(".katex-mathml").remove();
    }
    for (const code of article.querySelectorAll(".highlight pre")) {
      code.querySelectorAll("span:not([class^=c], [class^=s], [class^=k])").forEach((span) => {
        span.replaceWith(...span.childNodes);
      });
      code.normalize();
    }
  };

  /** A page of the book as a section of the document. */
  const load = async ({ name, depth }, index) => {
    const [base, source] = await read(name);
    const article = source.querySelector("article");

    article.querySelectorAll(ON_SCREEN).forEach((part) => part.remove());
    article.querySelectorAll("details").forEach((details) => (details.open = true));
    article.querySelectorAll("[id]").forEach((part) => (part.id = anchor(name, part.id)));
    redirectLinks(article, name, base);
    lighten(article);
    for (const image of article.querySelectorAll("img")) {
      image.src = new URL(image.getAttribute("src"), base).href;
      image.loading = "eager";
    }
    // The level of a bookmark is the level of its heading: a side page stands below its chapter.
    for (const heading of article.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
      const level = Math.min(Number(heading.tagName[1]) + depth - 1, 6);
      const moved = element(`h${level}`, `${heading.className} ${heading.tagName.toLowerCase()}`);
      moved.append(...heading.childNodes);
      heading.replaceWith(moved);
      // Chromium loses the place of a section, or of an empty element before its heading, that
      // begins where a page ends; it keeps the place of a heading and of what stands in it.
      while (moved.previousElementSibling?.matches("span[id]:empty")) {
        moved.prepend(moved.previousElementSibling);
      }
      const section = moved.parentElement;
      if (section.id && section.firstElementChild === moved) {
        moved.id = section.id;
        section.removeAttribute("id");
      }
    }
    const section = element("article", "bd-article", ...article.childNodes);
    section.id = name;
    section.style.page = `page-${index}`;
    return section;
  };

  const titlePage = () => {
    const logo = element("img");
    logo.src = "/_static/logo.svg";
    logo.alt = "";
    const page = element("section", "title-page", logo);
    const [title, ...subtitle] = book.title.split(": ");
    page.append(element("p", "title", title), element("p", "subtitle", subtitle.join(": ")));
    page.append(element("p", "author", book.author, element("br"), book.year));
    page.append(element("p", "license", book.license));
    if (book.address) {
      const link = element("a", "", book.address);
      link.href = book.address;
      page.append(element("p", "license", link));
    }
    return page;
  };

  const contents = (sections) => {
    const list = element("nav", "book-contents", element("h1", "h1", "Contents"));
    let part = "";
    pages.forEach((page, index) => {
      if (page.part !== part) list.append(element("p", "part", page.part));
      part = page.part;
      const link = element("a", "", textOf(sections[index].querySelector("h1, h2")));
      link.href = `#${page.name}`;
      const number = element("span", "number");
      number.dataset.page = page.name;
      list.append(element("p", `depth-${page.depth}`, link, element("span", "dots"), number));
    });
    return list;
  };

  /** The letters of a text that no font of this machine draws: they all come as the same box. */
  const withoutGlyph = (text) => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    canvas.width = canvas.height = 24;
    pen.font = `16px ${getComputedStyle(document.body).fontFamily}`;
    const picture = (letter) => {
      pen.clearRect(0, 0, 24, 24);
      pen.fillText(letter, 2, 18);
      return pen.getImageData(0, 0, 24, 24).data.join();
    };
    const box = picture("\uffff"); // never a letter
    const letters = new Set(text.match(/[^\p{ASCII}\p{Z}\p{C}\p{M}]|\p{Co}/gu));
    return [...letters].filter((letter) => picture(letter) === box);
  };

  const problemsOf = (main) => {
    const problems = [];
    const found = (what, parts, text) => {
      for (const part of parts) problems.push(`${what}: ${text(part).slice(0, 120)}`);
    };
    const all = (selector) => [...main.querySelectorAll(selector)];
    const text = (part) => `${part.closest("article")?.id}: ${part.textContent.trim()}`;

    const broken = all("img").filter((image) => !image.naturalWidth);
    found("broken image", broken, (image) => image.src);

    const plain = all(".math").filter((math) => !math.querySelector(".katex"));
    found("not typeset", plain, text);
    found("TeX error", all(".katex-error"), text);

    const ends = (link) => document.getElementById(link.getAttribute("href").slice(1));
    const dead = all("a[href^='#']").filter((link) => !ends(link));
    found("dead link", dead, (link) => link.getAttribute("href"));

    const shut = all("details:not([open])");
    const inside = all(".dropdown > *, .toggle > *");
    found("still folded", [...shut, ...inside.filter((part) => !part.checkVisibility())], text);

    const right = main.getBoundingClientRect().right + 1;
    const wide = all("pre, img, td, p, .katex-html .base").filter(
      (part) => part.getBoundingClientRect().right > right,
    );
    found("wider than the paper", wide, text);

    const words = main.cloneNode(true);
    words.querySelectorAll(".katex").forEach((math) => math.remove());
    found("no glyph", withoutGlyph(words.textContent), (letter) => letter);
    return problems;
  };

  document.documentElement.lang = "en";
  document.documentElement.dataset.theme = "light";
  document.title = book.title;
  const [address, first] = await read(pages[0].name);
  const sheets = [...first.querySelectorAll("link[rel=stylesheet]")].map((sheet) => {
    const copy = element("link");
    copy.rel = "stylesheet";
    copy.href = new URL(sheet.getAttribute("href"), address).href;
    document.head.append(copy);
    return new Promise((loaded) => (copy.onload = copy.onerror = loaded)); // pdf.py sees an error
  });

  const sections = await Promise.all(pages.map(load));
  const main = element("main", "bd-content", titlePage(), contents(sections), ...sections);
  document.body.replaceChildren(main);

  // The running head is the page's title; a named page carries it.
  const heads = sections.map((section, index) => {
    const title = JSON.stringify(textOf(section.querySelector("h1, h2")));
    return `@page page-${index} { @top-center { content: ${title}; } }`;
  });
  document.head.append(element("style", "", style, ...heads));

  await Promise.all(sheets);
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  await document.fonts.ready;
  const starts = new Map(sections.map((section) => [section.querySelector("h1, h2"), section.id]));
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => ({
    level: Number(heading.tagName[1]),
    title: textOf(heading),
    letters: textOf(heading, "").replace(/\s/g, ""),
    page: starts.get(heading) ?? null,
  }));
  return { headings, problems: problemsOf(main) };
};
