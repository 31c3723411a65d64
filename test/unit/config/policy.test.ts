import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readEnvironment } from "../../../src/config/environment.ts";
import { explainConfig } from "../../../src/config/explain-config.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { parseConfig } from "../../../src/config/parse-config.ts";
import { requiredVote } from "../../../src/config/required-vote.ts";
import { CHANGE_KINDS } from "../../../src/protocol/policy.ts";

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
    ["policy:\n  requires: pol", "policy.requires.vote"],
    ["policy:\n  requires: [poll]", "takes poll, none, or {"],
    ["policy:\n  requires: { vote: poll, rules: livepeer-governor }", "policy.requires.rules"],
    ["policy:\n  requires: { vote: poll, fro: [upgrade] }", 'Unknown key "fro". Did you mean "for"?'],
    ["policy:\n  requires: { vote: poll, for: [] }", "at least one kind of change"],
    ["networks:\n  local:\n    requires: { vote: poll, for: [upgrad] }", "networks.local.requires.for.0"],
    ["networks:\n  local:\n    require: poll", 'Did you mean "requires"?'],
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

describe("what has to be voted on", () => {
  async function required(project: string, user: string, network?: string): Promise<unknown> {
    const folder = await mkdtemp(join(tmpdir(), "lpctl-policy-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "lpctl.yaml"), `schema: 1\n${project}\n`);
    await writeFile(join(folder, "config.yaml"), `schema: 1\n${user}\n`);
    const config = await loadConfig({ cwd: folder, environment: { ...readEnvironment({ HOME: folder }), configFolder: folder } });
    return requiredVote(config, network)?.value;
  }
  const poll = { vote: "poll", rules: "lip-16", for: CHANGE_KINDS };
  const POLL = "policy: { requires: poll }";
  const networkSays = (word: string): string => `networks: { main: { requires: ${word} } }`;

  test("is every kind of change in the short form, and what is named in the long one", async () => {
    expect(await required(POLL, "", "main")).toEqual(poll);
    expect(await required("policy: { requires: { vote: poll, rules: livepeer-explorer, for: [upgrade] } }", "")).toEqual({ vote: "poll", rules: "livepeer-explorer", for: ["upgrade"] });
    expect(await required("policy: {}", "", "main")).toBeUndefined();
  });

  test("is for a network what its own entry says, before the policy", async () => {
    expect(await required(`${POLL}\n${networkSays("none")}`, "", "main")).toBeUndefined();
    expect(await required(`${POLL}\n${networkSays("none")}`, "", "other")).toEqual(poll);
    expect(await required(networkSays("poll"), "", "main")).toEqual(poll);
    expect(await required(networkSays("poll"), "", "other")).toBeUndefined();
  });

  test("is never less than the project says, whatever the user's file says", async () => {
    expect(await required(POLL, networkSays("none"), "main")).toEqual(poll);
    expect(await required(networkSays("none"), POLL, "main")).toEqual(poll);
    expect(await required("", POLL, "main")).toEqual(poll);
  });
});
