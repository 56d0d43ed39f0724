import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

const SHIPPED = ["three", "@sparkjsdev/spark", "fflate", "preact", "@preact/signals", "@preact/signals-core"];

/** The notices that the licences of what is in the page want to be in every copy of it. */
function notices(): Plugin {
  const texts = SHIPPED.map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}`);
  return {
    name: "notices",
    transformIndexHtml: { order: "post", handler: (html) => `${html.trim()}\n<!--\n${texts.join("\n\n\n")}\n-->\n` },
  };
}

// One file that needs no other: recon3d serves it, and `recon3d export --html` puts an exhibit into it.
export default defineConfig({
  plugins: [notices(), viteSingleFile()],
  build: { target: "es2022", outDir: "../recon3d/server/client", emptyOutDir: false, reportCompressedSize: false },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
