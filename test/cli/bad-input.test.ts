import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { cleanEnvironment, repository, runPath, temporaryFolder } from "./run-lpctl.ts";
import { startFaultyRpc, type Fault } from "./faulty-rpc.ts";
import { CONTROL, startLocalChain, type LocalChain } from "./local-chain.ts";

const V2 = "contracts/jobs/JobsManagerV2.sol:JobsManagerV2";
const NOBODY = "0x000000000000000000000000000000000000dEaD";
let chain: LocalChain;

beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

describe("a name that does not exist", () => {
  test.each([
    [["params", "get", "verificationRat"], "LPCTL_PARAMETER_UNKNOWN", "verificationRate"],
    [["params", "set", "JobsManager.verificationRat", "500"], "LPCTL_PARAMETER_UNKNOWN", "verificationRate"],
    [["authority", "show", "JobManager"], "LPCTL_CONTRACT_UNKNOWN", "JobsManager"],
    [["upgrade", "check", "JobManager", "--to", V2], "LPCTL_CONTRACT_UNKNOWN", "JobsManager"],
    [["proposal", "show", "9"], "LPCTL_PROPOSAL_NOT_FOUND", "lpctl proposal list"],
    [["safe", "sign", "nowhere.json"], "LPCTL_BUNDLE_NOT_FOUND", "nowhere.json"],
  ])("%j is refused with the nearest", (args, code, says) => chain.refuses(args, { exit: 2, code, says }, { forms: "json" }));
});

describe("a value that cannot be right", () => {
  test.each([
    ["out of bounds", "finderFee", "150%", 3, "LPCTL_PARAMETER_OUT_OF_BOUNDS", "at most 100% (raw 1000000)"],
    ["below its bounds", "roundLength", "0", 3, "LPCTL_PARAMETER_OUT_OF_BOUNDS", "at least 1 block"],
    ["in the wrong scale", "finderFee", "5", 3, "LPCTL_PARAMETER_WRONG_SCALE", "5% (raw 50000) was probably meant"],
    ["against a rule over two parameters", "verificationPeriod", "200", 3, "LPCTL_PARAMETER_CROSS_RULE", "verificationPeriod + verificationSlashingPeriod <= 256"],
    ["finer than the contract counts", "finderFee", "3.00001%", 2, "LPCTL_UNITS_NOT_REPRESENTABLE", "3.0001% (30001)"],
    ["no value at all", "verificationRate", "many", 2, "LPCTL_UNITS_NOT_A_VALUE", "1 in 1000"],
  ])("%s is refused", (_what, name, value, exit, code, says) => chain.refuses(["params", "set", name, value], { exit, code, says }));
});

describe("Solidity that cannot go behind the proxy", () => {
  test("that does not compile gives the compiler's message with file and line", async () => {
    writeFileSync(join(chain.folder, "Typo.sol"), 'pragma solidity ^0.8.0;\ncontract Typo {\n  uint256 x = "\u202eevil";\n}\n');
    writeFileSync(join(chain.folder, "Broken.sol"), "pragma solidity ^0.8.0;\ncontract Broken {\n  uint256 x = ;\n}\n");
    await chain.refuses(["upgrade", "check", "JobsManager", "--to", "Broken.sol:Broken"], { exit: 2, code: "LPCTL_SOLIDITY_DOES_NOT_COMPILE", says: /Broken\.sol:3: Expected primary expression/ });
    await chain.refuses(["upgrade", "check", "JobsManager", "--to", "Typo.sol:Typo"], { exit: 2, code: "LPCTL_SOLIDITY_DOES_NOT_COMPILE", says: "Typo.sol:3" });
  });

  test("that breaks the layout names variable, slot, old and new type; nothing is deployed", async () => {
    const folder = "test/fixtures/contracts";
    mkdirSync(join(chain.folder, folder), { recursive: true });
    cpSync(join(repository, folder, "JobsManagerBroken.sol"), join(chain.folder, folder, "JobsManagerBroken.sol"));
    cpSync(join(repository, "contracts"), join(chain.folder, "contracts"), { recursive: true });
    const to = `${folder}/JobsManagerBroken.sol:JobsManagerBroken`;
    const before = await chain.rpc.blockNumber();
    for (const args of [["check", "JobsManager", "--to", to], ["propose", "JobsManager", "--to", to, "--key", "deployer", "--confirm", "local"]]) {
      const files = chain.files();
      const ran = await chain.run(["upgrade", ...args, "--json"]);
      expect(ran.exitCode, ran.stdout).toBe(3);
      expect(ran.stdout).toContain("LPCTL_UPGRADE_REFUSED");
      expect(ran.stdout).toContain("`maxSegmentsPerClaim` is inserted where stored values already lie");
      expect(ran.stdout).toContain("It takes slot 2 as uint256");
      expect(ran.stdout).toContain("There lies `verificationRate` (uint64)");
      expect(chain.files()).toEqual(files);
    }
    expect(await chain.rpc.blockNumber()).toBe(before);
  });
});

describe("an address that is not one on this chain", () => {
  const SAFE = "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67";
  test.each([
    [["safe", "show", `eth:${SAFE}`], "LPCTL_USAGE_ADDRESS_OTHER_CHAIN", "is an address on chain 1, and this network is chain 31337"],
    [["safe", "queue", `moon:${SAFE}`], "LPCTL_USAGE_ADDRESS_PREFIX", "does not know the chain that the prefix"],
    [["safe", "burn", "--safe", "safe.livepeer.eth"], "LPCTL_USAGE_ADDRESS_NAME", "lpctl does not resolve names"],
    [["safe", "change", "--swap-owner", `${NOBODY}=arb1:${SAFE}`], "LPCTL_USAGE_ADDRESS_OTHER_CHAIN", "--swap-owner"],
    [["safe", "create", "--owner", SAFE.replace("4e1D", "4e1d"), "--threshold", "1", "--key", "deployer"], "LPCTL_USAGE_ADDRESS_CHECKSUM", "the checksum of"],
    [["authority", "show", `arb1:${SAFE}`], "LPCTL_USAGE_ADDRESS_OTHER_CHAIN", "chain 42161"],
    [["upgrade", "check", "--proxy", `eth:${SAFE}`, "--to", V2], "LPCTL_USAGE_ADDRESS_OTHER_CHAIN", "chain 1,"],
    [["genesis", "init", "new.yaml", "--bank", `arb1:${SAFE}`], "LPCTL_USAGE_ADDRESS_OTHER_CHAIN", "chain 42161"],
  ])("%j is refused", (args, code, says) => chain.refuses(args, { exit: 2, code, says }, { forms: "json" }));
});

describe("an address without code", () => {
  test.each([
    [["authority", "show", NOBODY], 2, "LPCTL_CONTRACT_WITHOUT_CODE"],
    [["upgrade", "propose", "--proxy", NOBODY, "--to", V2], 2, "LPCTL_CONTRACT_WITHOUT_CODE"],
    [["upgrade", "propose", "JobsManager", "--to", V2, "--implementation", NOBODY], 3, "LPCTL_CONTRACT_WITHOUT_CODE"],
    [["safe", "show", NOBODY], 3, "LPCTL_SAFE_NO_CODE"],
  ])("%j is refused", (args, exit, code) => chain.refuses(args, { exit, code, says: NOBODY }, { forms: "json" }));
});

describe("the wrong chain", () => {
  test("a chainId other than the RPC's is refused by whatever reads or writes", async () => {
    const other = join(chain.folder, "other.yaml");
    writeFileSync(other, readFileSync(join(chain.folder, "lpctl.yaml"), "utf8").replace("31337", "1"));
    const commands = [["params", "list"], ["params", "set", "verificationRate", "500"], ["upgrade", "propose", "JobsManager", "--to", V2, "--key", "deployer", "--confirm", "local"]];
    await chain.refusesAll(commands.map((command) => [...command, "--config", other]), { exit: 2, code: "LPCTL_CHAIN_ID_DIFFERS", says: "is chain 1, but" });
  });
});

describe("an RPC that fails", () => {
  test("nobody listens", async () => {
    await chain.refuses(["params", "set", "verificationRate", "500"], { exit: 6, code: "LPCTL_RPC_UNREACHABLE" }, { env: { LPCTL_RPC_URL: "http://127.0.0.1:9" } });
    await chain.refuses(["params", "list"], { exit: 2, code: "LPCTL_RPC_BAD_URL" }, { env: { LPCTL_RPC_URL: "ws://127.0.0.1:9" } });
  });

  test.each<[Fault, string]>([
    ["html", "LPCTL_RPC_NOT_JSON"],
    ["cut-off", "LPCTL_RPC_NOT_JSON"],
    ["error", "LPCTL_RPC_ERROR"],
    ["reset", "LPCTL_RPC_UNREACHABLE"],
    ["silence", "LPCTL_RPC_TIMEOUT"],
  ])("%s, at once and in the middle, leaves nothing behind", async (fault, code) => {
    const env = { LPCTL_RPC_TIMEOUT: "0.3" };
    for (const healthyRequests of [0, 6]) {
      const server = await startFaultyRpc(chain.rpc.url, fault, (count) => count <= healthyRequests);
      onTestFinished(server.stop);
      const before = chain.files();
      const json = healthyRequests === 0 ? ["--json"] : [];
      const ran = await chain.run(["params", "set", "verificationRate", "500", ...json], { env: { ...env, LPCTL_RPC_URL: server.url } });
      expect(ran.exitCode, `${ran.stdout}${ran.stderr}`).toBe(6);
      expect(`${ran.stdout}${ran.stderr}`).toContain(code);
      expect(`${ran.stdout}${ran.stderr}`).not.toMatch(CONTROL);
      expect(chain.files()).toEqual(before);
    }
  });
});

describe("lpctl.yaml", () => {
  test.each([
    ["a network name a terminal obeys", 'schema: 1\nnetworks:\n  "lo\\e[2Jcal":\n    rpcUrl: http://127.0.0.1:1\n', /:3:3|:4:5/],
    ["a network name that leaves the project", 'schema: 1\nnetworks:\n  "../../up":\n    rpcUrl: http://127.0.0.1:1\n', /lpctl\.yaml:\d+:\d+/],
    ["a key name a terminal obeys", 'schema: 1\nnetworks:\n  local:\n    keys:\n      "a\\e]0;x\\a": { keystore: a.json }\n', /lpctl\.yaml:\d+:\d+/],
    ["a source a terminal obeys", 'schema: 1\nsources: ["a\\e[2J.sol:A"]\n', /lpctl\.yaml:2:/],
    ["a websocket URL", "schema: 1\nnetworks:\n  local:\n    rpcUrl: ws://127.0.0.1:1\n", /lpctl\.yaml:4:13/],
    ["a tab where YAML wants spaces", "schema: 1\nnetworks:\n\tlocal: {}\n", /lpctl\.yaml:3:1/],
  ])("with %s is refused with line and column", async (_what, text, says) => {
    const folder = join(chain.folder, "elsewhere");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "lpctl.yaml"), text);
    await chain.refuses(["params", "list"], { exit: 2, code: "LPCTL_CONFIG_MALFORMED", says }, { cwd: folder });
  });

  test("missing, with nothing to choose from, says how to begin", async () => {
    await chain.refuses(["params", "list"], { exit: 2, code: "LPCTL_CONFIG_MISSING", says: "lpctl node start" }, { cwd: temporaryFolder() });
  });
});

describe("a stream that fails", () => {
  test.skipIf(!existsSync("/dev/full"))("a full disk under stdout is exit code 1, not a trace", () => {
    const full = openSync("/dev/full", "w");
    for (const json of [["--json"], []]) {
      const ran = spawnSync(process.execPath, [runPath, "params", "list", ...json], { cwd: chain.folder, env: cleanEnvironment(chain.folder), stdio: ["ignore", full, "pipe"], encoding: "utf8" });
      expect(ran.status).toBe(1);
      expect(ran.stderr).toContain("The result could not be written: the disk is full.");
      expect(ran.stderr).not.toMatch(/^\s+at /m);
    }
    closeSync(full);
  });

  test("a reader that leaves changes neither the exit code nor what was done", () => {
    const script = `"${process.execPath}" "${runPath}" params list --json | head -c 5; echo "\${PIPESTATUS[0]}"`;
    const ran = spawnSync("bash", ["-c", script], { cwd: chain.folder, env: cleanEnvironment(chain.folder), encoding: "utf8" });
    expect(ran.stdout.trimEnd().endsWith("0")).toBe(true);
    expect(ran.stderr).toBe("");
  });
});
