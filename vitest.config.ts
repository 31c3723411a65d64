import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { putCastOnPath } from "./test/cast-on-path.ts";

putCastOnPath();

/** The files that take longest, in their order: begun last, one of them would keep one processor busy while the other waits. */
const LONGEST = ["e2e/upgrade", "e2e/tutorial", "e2e/contracts-forge", "cli/node", "e2e/rehearse-change", "cli/node-state", "cli/rehearse", "e2e/rehearse-life", "cli/bad-input", "cli/json-schemas"];

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
 * Files on chains of their own that use lpctl as a library, by what they have in common: code that one of them has loaded and
 * warmed up need not be by the next, which is up to half of what each takes.
 */
const TOGETHER = {
  contracts: ["e2e/contracts-{fixtures,genesis,governance,governor-stake,historic,jobs,polls,records,solvency,stake,stake-for-others,ticket-broker,treasury,verifier,votes}"],
  proposals: ["e2e/{attacks,code-values,effects,erc1967,foreign-protocol,hard-targets,outcome-checks,queue,timelock,upgrade-by-key,upgrade-paused,watch}"],
  safes: ["e2e/{nested-safes,register,relay,review-bundle,safe,safe-change,safe-execution-diagnosis,safe-nonces,sync}"],
};
const together = Object.entries(TOGETHER).map(([name, files]) => ({ name, include: files.map((file) => `test/${file}.test.ts`) }));

/**
 * Two workers. Other files get a fresh process each: with one process for all of them, one full run in three ended in an
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
      { extends: true, test: { name: "own process", include: ["test/**/*.test.ts"], exclude: [...light, ...together.flatMap(({ include }) => include)], isolate: true } },
      ...together.map(({ name, include }) => ({ extends: true as const, test: { name, include, isolate: false } })),
      { extends: true, test: { name: "shared process", include: light, isolate: false } },
    ],
  },
});
