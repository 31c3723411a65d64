import { defineConfig } from "vitest/config";

// No isolation and two workers: four times faster than the default on two cores,
// and it keeps tests honest about shared state (ports, folders and clocks are always their own).
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    isolate: false,
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    globalSetup: ["test/global-setup.ts"],
  },
});
