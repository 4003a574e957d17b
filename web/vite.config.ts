/** How the console is built, served while developing, and tested. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The server that answers the API while developing. */
const server = process.env["METIER_URL"] ?? "http://127.0.0.1:7400";

export default defineConfig({
  plugins: [react()],
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
