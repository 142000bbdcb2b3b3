// The page's HTML with the files of a build in place of its modules: `index.mjs METAFILE STYLESHEET < index.html`.
// The stylesheet is that of all screens. What the overview needs is asked for at once.

import { readFileSync } from "node:fs";
import { basename } from "node:path";

const [metafile, stylesheet] = process.argv.slice(2);
const { outputs } = JSON.parse(readFileSync(metafile, "utf8"));
const fileOf = (entry) => Object.keys(outputs).find((file) => outputs[file].entryPoint === entry);

/** A file and all that it imports at once. */
function withImports(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const { path, kind } of outputs[file].imports) if (kind === "import-statement") withImports(path, found);
  return found;
}

const asset = (file) => `/assets/${basename(file)}`;
const main = fileOf("main.js");
const first = [...new Set([...withImports(main), ...withImports(fileOf("overview/view.js"))])].filter((file) => file !== main);
const preloads = first.map((file) => `  <link rel="modulepreload" href="${asset(file)}">\n`).join("");
const html = readFileSync(0, "utf8")
  .replace('href="/style.css"', `href="${asset(stylesheet)}" data-screens="all"`)
  .replace(/ *<link rel="modulepreload"[^\n]*\n/g, "")
  .replace(/ *<script type="module" src="\/main.js"><\/script>/, `${preloads}  <script type="module" src="${asset(main)}"></script>`);
process.stdout.write(html);
