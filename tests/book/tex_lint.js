// Reads {"macros": {...}, "formulas": ["...", ...]} from standard input and prints, as JSON, the
// formulas that MathJax cannot convert: [[index, message], ...]. The same MathJax draws the pages.
const chunks = [];
process.stdin.on("data", (chunk) => chunks.push(chunk));
process.stdin.on("end", async () => {
  const { macros, formulas } = JSON.parse(Buffer.concat(chunks).toString());
  const MathJax = await require("mathjax").init({
    loader: { load: ["input/tex", "[tex]/noundefined"] },
    // Without these two an error raises, where a page would show it in red.
    tex: { macros, packages: { "[-]": ["noerrors", "noundefined"] } },
  });
  const bad = [];
  for (const [index, formula] of formulas.entries()) {
    const mathml = await MathJax.tex2mmlPromise(formula, { display: true });
    const error = mathml.match(/data-mjx-error="([^"]*)"/) || mathml.match(/<merror/);
    if (error) bad.push([index, error[1] || "merror"]);
  }
  console.log(JSON.stringify(bad));
});
