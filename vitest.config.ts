import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { putCastOnPath } from "./test/cast-on-path.ts";

putCastOnPath();

/** The files that take longest, in their order: begun last, one of them would keep one processor busy while the other waits. */
const LONGEST = ["e2e/upgrade", "e2e/tutorial", "e2e/contracts-forge", "cli/node", "e2e/rehearse-change", "cli/node-state", "cli/rehearse", "e2e/rehearse-life", "cli/bad-input", "e2e/timelock", "e2e/erc1967"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return found === -1 ? LONGEST.length : found;
    };
    return (await super.sort(files)).toSorted((left, right) => place(left) - place(right));
  }
}

/** What starts a chain, a compiler, a command or a browser, or changes its own process. */
const HEAVY = /anvil|startLocal|startSuite|compile|recover|runLpctl|spawn|Worker|chromium|hash-wasm|process\.(env|chdir)/i;
const light = globSync("test/{unit,property}/**/*.test.ts", { cwd: import.meta.dirname }).filter((path) => !HEAVY.test(readFileSync(`${import.meta.dirname}/${path}`, "utf8")));

/**
 * Two workers. Most files get a fresh process each: with one process for all of them, one full run in three ended in an
 * abort. Those that only call functions share one, since loading the code again for each took longer than they do.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    globalSetup: ["test/global-setup.ts"],
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "own process", include: ["test/**/*.test.ts"], exclude: light, isolate: true } },
      { extends: true, test: { name: "shared process", include: light, isolate: false } },
    ],
  },
});
