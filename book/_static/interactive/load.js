// Only pages with an interactive figure carry this script. It fetches a figure's code when the
// static picture before it comes near the screen; until then, and without JavaScript, the place of
// the interactive figure is hidden and the static one is all there is.

function addStyle() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("interactive.css", import.meta.url);
  const loaded = new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
  });
  document.head.append(link);
  return loaded;
}

let style; // one for all figures of a page

async function start(place) {
  style ??= addStyle();
  const [figure] = await Promise.all([import(`./${place.dataset.figure}.js`), style]);
  const settings = JSON.parse(place.querySelector("script").textContent);
  place.hidden = false; // before drawing: a figure measures its width
  figure.default(place, settings);
  place.dataset.ready = "";
}

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        nearby.unobserve(target);
        start(target.nextElementSibling);
      }
    }
  },
  { rootMargin: "600px" },
);

for (const place of document.querySelectorAll(".interactive[data-figure]")) {
  nearby.observe(place.previousElementSibling);
}
