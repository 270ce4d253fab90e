/// <reference types="vitest/config" />
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

// `npm run dev` shows the page with the data of a Moonraker that runs already.
const moonraker = process.env["MOONRAKER"] ?? "http://127.0.0.1:7125";
// The Host stays the browser's, for Moonraker compares it with the Origin.
const proxy = Object.fromEntries(
  ["/websocket", "/server/files", "/server/continuousprint/", "/access", "/printer"].map(
    (path) => [path, { target: moonraker, ws: path === "/websocket", changeOrigin: false }],
  ),
);

// What we pass on of others' work comes with their terms.
const licences = (): Plugin => ({
  name: "licences",
  generateBundle(_options, bundle) {
    const folders = new Set<string>();
    for (const chunk of Object.values(bundle)) {
      for (const id of chunk.type === "chunk" ? chunk.moduleIds : []) {
        const found = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replace("\0", ""));
        if (found) folders.add(found[0]);
      }
    }
    const source = [...folders].sort().map(terms).join("\n\n");
    this.emitFile({ type: "asset", name: "licences.txt", source });
  },
});

function terms(folder: string): string {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = existsSync(folder) && readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `${about.name} ${about.version} (${about.license})\n\n${text}\n`;
}

export default defineConfig({
  base: "./", // works under any route_prefix
  plugins: [licences()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  resolve: {
    alias: {
      "react/jsx-runtime": "preact/jsx-runtime",
      "react-dom": "preact/compat",
      react: "preact/compat",
    },
  },
  build: {
    outDir: "built",
    emptyOutDir: true,
    sourcemap: false,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  // Tests read the server's sentences and docs/api.md.
  server: { proxy, fs: { allow: [process.env["VITEST"] ? "../.." : "."] } },
  preview: { proxy },
  test: {
    environment: "happy-dom",
    include: ["test/**/*.test.{ts,tsx}"],
    server: { deps: { inline: [/@tanstack/, /@preact\/signals/] } },
  },
});
