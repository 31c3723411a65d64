import { defineConfig } from "vitest/config";

// Two workers, and a fresh process for each file: one process for all of them grew until it was aborted in one run of four.
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
