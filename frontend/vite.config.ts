import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Relative addresses: the page is served from /, /runs, ... by the server and from any folder by a static site.
export default defineConfig({
  base: "./",
  plugins: [svelte()],
  build: {
    outDir: "../src/latebloom/web/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the server's policy allows no data: addresses
    reportCompressedSize: true,
  },
});
