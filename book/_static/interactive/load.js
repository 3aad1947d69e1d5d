// Only pages with an interactive figure carry this script. It keeps room for each figure below the
// static one, so that the page does not jump later, and fetches the figure's code when the reader
// comes near. Without JavaScript the place stays hidden, and the static figure is all there is.

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
  place.style.minHeight = "";
  figure.default(place, settings);
  place.dataset.ready = "";
}

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        nearby.unobserve(target);
        start(target).catch((error) => {
          target.hidden = true;
          throw error;
        });
      }
    }
  },
  { rootMargin: "600px" },
);

for (const place of document.querySelectorAll(".interactive[data-figure]")) {
  const [wide, tall] = place.dataset.heights.split(" ");
  place.style.minHeight = `${innerWidth < 600 ? tall : wide}px`;
  place.hidden = false;
  nearby.observe(place);
}
