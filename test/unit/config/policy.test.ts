import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readEnvironment } from "../../../src/config/environment.ts";
import { explainConfig } from "../../../src/config/explain-config.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { parseConfig } from "../../../src/config/parse-config.ts";

const ALLOW = { finding: "layout-variable-renamed", proposal: "003-upgrade", reason: "only the name changes" };
const YAML = `schema: 1\npolicy:\n  refuse: [no-delay]\n  allow:\n    - ${JSON.stringify(ALLOW)}\n`;

describe("the policy of lpctl.yaml", () => {
  test("has what shall refuse, and what is allowed to whom and why", () => {
    expect(parseConfig(YAML, "lpctl.yaml").policy).toEqual({ refuse: ["no-delay"], allow: [ALLOW] });
    expect(parseConfig("schema: 1\npolicy: {}\n", "lpctl.yaml").policy).toEqual({ refuse: [], allow: [] });
  });

  test.each([
    ["policy:\n  refus: [no-delay]", 'Unknown key "refus". Did you mean "refuse"?'],
    ["policy:\n  allow:\n    - { finding: a, proposal: b }", "policy.allow.0.reason"],
    ["policy:\n  allow:\n    - { finding: a, proposal: b, reason: ok }", "a reason takes a sentence"],
    ["policy:\n  allow:\n    - { finding: a, reason: as it must be }", "policy.allow.0.proposal"],
    ["policy:\n  minimumDelayBlocks: -1", "policy.minimumDelayBlocks"],
    ["policy:\n  minimumDelayBlocks: 1.5", "policy.minimumDelayBlocks"],
  ])("is refused with its line where it is wrong: %s", (text, problem) => {
    expect(() => parseConfig(`schema: 1\n${text}\n`, "lpctl.yaml")).toThrow(expect.objectContaining({ code: "LPCTL_CONFIG_MALFORMED", why: expect.stringContaining(problem) }));
  });

  test("is that of the project and of the user together, and is explained", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lpctl-policy-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "lpctl.yaml"), YAML);
    await writeFile(join(folder, "config.yaml"), "schema: 1\npolicy:\n  refuse: [tokens-leave, no-delay]\n  minimumDelayBlocks: 20\n");
    const config = await loadConfig({ cwd: folder, environment: { ...readEnvironment({ HOME: folder }), configFolder: folder } });
    expect(config.policy?.value).toEqual({ refuse: ["no-delay", "tokens-leave"], allow: [ALLOW], minimumDelayBlocks: 20n });
    const explained = explainConfig(config, {}).filter(({ key }) => key.startsWith("policy."));
    expect(explained.map(({ key, value }) => `${key} = ${value}`)).toEqual(["policy.refuse = no-delay, tokens-leave", "policy.minimumDelayBlocks = 20", "policy.allow.layout-variable-renamed = 003-upgrade: only the name changes"]);
    expect(explained[0]?.from).toContain("lpctl.yaml");
  });
});
