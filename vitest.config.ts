import { defineConfig } from "vitest/config";

// Two workers, and a fresh process for each file: with one process for all of them, one full run in three ended in an abort.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    isolate: true,
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    globalSetup: ["test/global-setup.ts"],
  },
});
