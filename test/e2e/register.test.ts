import { keccak256 } from "ethers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Exit } from "../../src/errors.ts";
import { propose } from "../../src/lifecycle/propose.ts";
import type { Intent } from "../../src/proposal/intent.ts";
import type { CodeEvidence } from "../../src/proposal/proposal.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import { HASH_OF_NO_CODE, ZERO_ADDRESS, type Address, type Hex } from "../../src/protocol/hex.ts";
import { carryOut, changedPaths, compileArtifacts, deploy, failureOf, NO_DELAY, PROPOSE, read, sendAs } from "./local-project.ts";
import { GIT_COMMIT, startSuite, type Suite } from "./suite-project.ts";

const SOURCES = {
  BondingVotes: "contracts/governance/BondingVotes.sol",
  LivepeerGovernor: "contracts/governance/LivepeerGovernor.sol",
  Treasury: "contracts/governance/Treasury.sol",
};
type Name = keyof typeof SOURCES;

let suite: Suite;
let reset: () => Promise<void>;
const code = {} as Record<Name, CodeEvidence>;
const register = (contract: string, address: Address, codeHash: Hex): Intent => ({ kind: "register", contract, controller: suite.controller, address, codeHash, gitCommitHash: GIT_COMMIT });
const registerCode = (name: Name, as: string = name): Intent => register(as, code[name].address, code[name].codeHash);
const request = (intents: Intent[], names: Name[]) => ({ title: "Register", intents, code: names.map((name) => code[name]), ...NO_DELAY });
const registered = (name: string) => read(suite.rpc, suite.controller, "function getContract(bytes32 id) view returns (address)", [contractId(name)]);

beforeAll(async () => {
  suite = await startSuite("safe");
  const artifactOf = await compileArtifacts(Object.entries(SOURCES).map(([name, source]) => `${source}:${name}`));
  for (const name of Object.keys(SOURCES) as Name[]) {
    const address = await deploy(suite.rpc, suite.accounts.deployer, artifactOf(name), name === "Treasury" ? [] : [suite.controller]);
    code[name] = { address, source: `${SOURCES[name]}:${name}`, codeHash: keccak256(await suite.rpc.code(address)) as Hex };
  }
  // Otherwise the first stranger would.
  const { deployer } = suite.accounts;
  await sendAs(suite.rpc, deployer, code.Treasury.address, "function initialize(uint256 minDelay, address[] proposers, address[] executors, address admin)", [0n, [deployer], [deployer], deployer]);
  reset = await suite.checkpoint();
});
beforeEach(() => reset());
afterAll(() => suite.stop());

test("registers contracts in one batch, and takes an entry away", async () => {
  const intents = [registerCode("BondingVotes"), registerCode("Treasury"), registerCode("LivepeerGovernor", "LivepeerGovernorTarget"), register("Verifier", ZERO_ADDRESS, HASH_OF_NO_CODE)];
  const { stored, assessment } = await propose(suite.project, request(intents, ["BondingVotes", "Treasury", "LivepeerGovernor"]), PROPOSE);
  expect(assessment.findings.filter(({ severity }) => severity !== "info").map(({ code: found }) => found)).toEqual(["entry-removed", "entry-still-read"]);
  expect(assessment.findings.find(({ code: found }) => found === "entry-still-read")?.detail).toBe("JobsManager");
  const { verification } = await carryOut(suite, stored);
  expect(verification.equal).toBe(true);
  expect(changedPaths(assessment)).toContain("Controller.registry[LivepeerGovernorTarget].contractAddress");
  expect([await registered("Treasury"), await registered("Verifier")]).toEqual([code.Treasury.address, ZERO_ADDRESS]);
});

test("tells what new code asks the registry for and nobody registers", async () => {
  const { assessment } = await propose(suite.project, request([registerCode("LivepeerGovernor", "LivepeerGovernorTarget")], ["LivepeerGovernor"]), { ...PROPOSE, dryRun: true });
  const missing = assessment.findings.filter(({ code: found }) => found === "dependency-unregistered").map(({ title }) => title);
  expect(missing.map((title) => /for (\w+), which is not registered/.exec(title)?.[1])).toEqual(["BondingVotes", "Treasury"]);
});

test("tells of code that comes without source", async () => {
  const { assessment } = await propose(suite.project, request([registerCode("Treasury")], []), { ...PROPOSE, dryRun: true });
  expect(assessment.findings).toContainEqual(expect.objectContaining({ severity: "warning", code: "registered-source-unknown" }));
});

test.each<[string, string, () => Intent]>([
  ["code that is registered past the comparison of layouts", "code-not-compared", () => registerCode("BondingVotes", "JobsManagerTarget")],
  ["an entry without code", "registered-without-code", () => register("Treasury", suite.accounts.operator, HASH_OF_NO_CODE)],
  ["a proxy that would have no code", "proxy-without-code", () => register("JobsManagerTarget", ZERO_ADDRESS, HASH_OF_NO_CODE)],
  ["another code at the address than the intent says", "postcondition-fails", () => register("Treasury", code.Treasury.address, `0x${"ab".repeat(32)}`)],
])("refuses %s", async (_what, finding, intentOf) => {
  const failure = await failureOf(propose(suite.project, request([intentOf()], []), PROPOSE));
  expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED", exit: Exit.refused });
  expect(failure.details?.["findings"]).toContainEqual(expect.objectContaining({ code: finding }));
});
