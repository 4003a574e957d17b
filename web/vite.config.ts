/** How the console is built, served while developing, and tested. */
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vitest/config";

/** The server that answers the API while developing. */
const server = process.env["METIER_URL"] ?? "http://127.0.0.1:7400";

/** Beside every larger file the same compressed, once and well: the server would do it for each request. */
const packed: Plugin = {
  name: "packed",
  apply: "build",
  generateBundle: {
    // After the plugins that still write into the files here.
    order: "post",
    handler(_options, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        const content = file.type === "chunk" ? file.code : file.source;
        if (content.length > 1024) this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(content, { level: 9 }) });
      }
    },
  },
};

export default defineConfig({
  plugins: [react(), packed],
  server: { port: 7480, proxy: { "/api": server, "/health": server } },
  build: {
    target: "es2022",
    manifest: true,
    // Inlined files would be data: URLs, which the Content-Security-Policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: { modules: { classNameStrategy: "non-scoped" } },
    restoreMocks: true,
    // A busy machine is slow, not wrong.
    testTimeout: 60_000,
  },
});
