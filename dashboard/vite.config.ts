import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { licenseList } from "./build/licenses.ts";

const SERVER = process.env.WORKFLOW_SERVER ?? "http://127.0.0.1:8000";
const licenses = licenseList({ always: ["tailwindcss"] });

export default defineConfig({
  plugins: [react(), tailwindcss(), licenses.collector(), licenses.writer()],
  worker: { format: "es", plugins: () => [licenses.collector()] },
  build: {
    outDir: fileURLToPath(new URL("../api/static", import.meta.url)),
    emptyOutDir: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    // The content security policy of the server allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
  server: { proxy: { "/api": { target: SERVER, ws: true } } },
  test: { include: ["src/**/*.test.ts"] },
});
