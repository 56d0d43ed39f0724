import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

// One file that needs no other: recon3d serves it, and `recon3d view --html` puts an exhibit into it.
export default defineConfig({
  plugins: [viteSingleFile()],
  build: { target: "es2022", outDir: "../recon3d/server/client", emptyOutDir: false, reportCompressedSize: false },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
