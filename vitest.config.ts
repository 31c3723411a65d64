import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { bundlePackages } from "./test/bundle-packages.ts";
import { putCastOnPath } from "./test/cast-on-path.ts";
import { keepCompiledPackages } from "./test/keep-compiled-packages.ts";

putCastOnPath();
keepCompiledPackages();

/** The files that take longest, in their order: begun last, one of them would keep one processor busy while the other waits. */
const LONGEST = ["e2e/upgrade", "e2e/tutorial", "e2e/rehearse-handover", "e2e/contracts-forge", "cli/node", "e2e/rehearse-change", "cli/node-state", "cli/rehearse", "e2e/rehearse-life", "cli/bad-input", "cli/json-schemas", "e2e/bad-input", "e2e/rehearse-votes", "e2e/rehearse-kill"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return found === -1 ? LONGEST.length : found;
    };
    return (await super.sort(files)).toSorted((left, right) => place(left) - place(right));
  }
}

/**
 * Two workers, and a fresh process for each file. Where files shared processes the code was loaded once for many of them, which
 * saved a minute, and one full run in three ended in an abort of node itself.
 */
export default defineConfig({
  // Scripts that tests load go through vitest, which does not know the hooks that find this module elsewhere.
  resolve: { alias: [{ find: "lpctl/migration", replacement: join(import.meta.dirname, "src/migration/script/define-migration.ts") }, ...bundlePackages()] },
  test: {
    include: ["test/**/*.test.ts"],
    isolate: true,
    maxWorkers: 2,
    // Most of what a test allocates is soon garbage: where the space for it is small, it is searched all the time.
    execArgv: ["--max-semi-space-size=32"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    globalSetup: ["test/global-setup.ts"],
    sequence: { sequencer: LongestFirst },
  },
});
