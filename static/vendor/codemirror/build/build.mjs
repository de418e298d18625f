// Builds ../editor.min.js and ../LICENSE: `npm ci && npm run build`, then the hashes in vendor.lock.json.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const result = await build({
  entryPoints: ["editor.js"],
  bundle: true,
  format: "esm",
  legalComments: "none",
  metafile: true,
  minify: true,
  outfile: "../editor.min.js",
  target: "es2022",
});

const inputs = Object.values(result.metafile.outputs)[0].inputs;
const used = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0);
const packages = new Set(used.map((path) => path.match(/^node_modules\/((@[^/]+\/)?[^/]+)/)?.[1]));
packages.delete(undefined);
const licences = new Map();
for (const name of [...packages].sort()) {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  licences.set(text, [...(licences.get(text) ?? []), `${name} ${version}`]);
}
const parts = [...licences].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
writeFileSync("../LICENSE", parts.join(`\n${"-".repeat(72)}\n\n`));
