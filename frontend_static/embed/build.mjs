// Builds dist/ from src/: `node build.mjs`, or `node build.mjs --check` to compare a fresh build with the committed
// one. The lazily loaded chunks carry the hash of their content in their names, so that they may be cached for ever;
// embed.js keeps its name and knows theirs.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { minify } from "terser";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = `${here}dist/`;
// What the style sheets need (light-dark(), nesting of none) is older in none of these.
const target = ["chrome123", "firefox125", "safari17.5"];
/** Most bytes after gzip: the floors of the project's budget. Live counts with all that the first card needs. */
const LIMITS = { embed: 5120, live: 8192, assistant: 10240 };
// Properties that no wire contract, host page or browser knows: shortened, the same way in every file.
const INTERNAL =
  /^(address|adopt|backOff|base|box|card|cards|connected|credits|css|drawCards|dress|element|emit|expiry|failed|foot|frame|fresh|head|html|keeper|layout|leaseEnd|list|load|newest|own|photo|plan|put|query|ratedText|reach|renew|reserve|root|svg|tell|until|update|wake|watchers|words)$/;
const short = {};
const CHUNKS = ["live", "review", "summary", "trouble", "assistant"];

const styles = {
  name: "minified-css-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/** @returns {Promise<Buffer>} one minified bundle */
async function bundle(entry, format, define = {}) {
  const { outputFiles, mangleCache } = await build({
    entryPoints: [`${here}src/${entry}`],
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    legalComments: "none",
    format,
    target,
    define,
    mangleProps: INTERNAL,
    mangleCache: short,
    plugins: [styles],
  });
  Object.assign(short, mangleCache);
  // Terser sees a few per cent that esbuild leaves.
  const compress = { ecma: 2022, passes: 3, unsafe_arrows: true, unsafe_methods: true };
  const { code } = await minify(outputFiles[0].text, { module: format === "esm", compress });
  return Buffer.from(code);
}

const contents = {};
for (const name of CHUNKS) contents[name] = await bundle(`${name}/${name}.js`, "esm");
const hashes = Object.fromEntries(
  CHUNKS.map((name) => [name, createHash("sha256").update(contents[name]).digest("hex").slice(0, 10)]),
);
const embed = await bundle("embed.js", "iife", { CHUNKS: JSON.stringify(hashes) });
const files = new Map([["embed.js", embed], ...CHUNKS.map((name) => [`${name}-${hashes[name]}.js`, contents[name]])]);
const integrity = (content) => `sha384-${createHash("sha384").update(content).digest("base64")}`;
const manifest = Object.fromEntries([...files].map(([name, content]) => [name, { bytes: content.length, integrity: integrity(content) }]));
files.set("manifest.json", Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));

const size = (content) => gzipSync(content, { level: 9 }).length;
const { live, assistant } = contents;
const sizes = { embed: size(embed), live: size(embed) + size(live), assistant: size(assistant) };
for (const [name, bytes] of Object.entries(sizes)) {
  process.stdout.write(`${name.padEnd(10)} ${String(bytes).padStart(6)} of ${LIMITS[name]} bytes gzip\n`);
  if (bytes > LIMITS[name]) process.exitCode = 1;
}

if (process.argv.includes("--check")) {
  const committed = await readdir(dist);
  for (const name of new Set([...committed, ...files.keys()])) {
    const wanted = files.get(name);
    const found = committed.includes(name) ? await readFile(dist + name) : undefined;
    if (wanted && found && wanted.equals(found)) continue;
    process.stderr.write(`dist/${name} is not what src/ builds; run \`npm run build\` in frontend_static/embed and commit dist/.\n`);
    process.exitCode = 1;
  }
} else {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  for (const [name, content] of files) await writeFile(dist + name, content);
}
