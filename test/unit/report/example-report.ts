/** A report with everything in it: an upgrade and a parameter change through Safe and Governor. */
import { getAddress } from "ethers";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import type { ReportData } from "../../../src/report/report-data.ts";

export function address(digit: string): Address {
  return getAddress(`0x${digit.repeat(40).slice(0, 40)}`) as Address;
}

export function hash(digit: string): Hex {
  return `0x${digit.repeat(64).slice(0, 64)}`;
}

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

export const SAFE = address("5afe");
export const GOVERNOR = address("90");
export const CONTROLLER = address("c0");
export const PROXY = address("10b5");
export const OLD_CODE = address("01d");
export const NEW_CODE = address("2e3");
const OWNER = address("a1");

export function exampleReport(): ReportData {
  const registryPath = "registry[JobsManagerTarget].contractAddress";
  return {
    schema: 1,
    proposal: { id: hash("1d"), name: "001-upgrade-jobsmanager" },
    title: "Upgrade JobsManager and challenge one in 500 segments",
    network: {
      name: "local",
      chainId: 31337n,
      explorer: { name: "Scan", addressUrlPrefix: "https://scan.example/address/" },
    },
    verdict: { outcome: "ready", risk: "medium", summary: "simulated through Safe and Governor without a refusal", reasons: ["New code runs behind a proxy that holds live state."] },
    compare: [
      { label: "Proposal id", value: hash("1d"), where: "printed by lpctl proposal show" },
      { label: "Safe transaction hash", value: hash("5a"), where: "on the device" },
      { label: "Domain hash", value: hash("d0"), where: "on a Ledger" },
      { label: "Message hash", value: hash("3e"), where: "on a Ledger" },
    ],
    intents: [
      { text: "Upgrade JobsManager to contracts/jobs/JobsManagerV2.sol:JobsManagerV2.", effects: [1] },
      { text: "Set JobsManager.verificationRate to 1 in 500.", effects: [2] },
    ],
    calls: [
      {
        target: { address: CONTROLLER, name: "Controller", provenBy: "owner of the registry, read from the chain" },
        valueWei: 0n,
        data: `0xd737c2b0${"00".repeat(96)}`,
        signature: "setContractInfo(bytes32,address,bytes20)",
        purpose: "Upgrade JobsManager",
        args: [
          { name: "id", type: "bytes32", value: `${hash("a7")} (JobsManagerTarget)` },
          { name: "contractAddress", type: "address", value: NEW_CODE },
          { name: "gitCommitHash", type: "bytes20", value: `0x${"ab".repeat(20)}` },
        ],
      },
      { target: { address: PROXY, name: "JobsManager" }, valueWei: 0n, data: "0x15fa168a", purpose: "Set the rate" },
    ],
    upgrades: [
      {
        contract: "JobsManager",
        proxy: PROXY,
        oldImplementation: { address: OLD_CODE, source: "contracts/jobs/JobsManager.sol:JobsManager", codeHash: hash("0c") },
        newImplementation: { address: NEW_CODE, source: "contracts/jobs/JobsManagerV2.sol:JobsManagerV2", gitCommit: "ab".repeat(20), codeHash: hash("2c"), compiler: "0.8.37" },
        bytecode: { match: "exact", immutables: {}, libraries: {} },
        storage: {
          verdict: "compatible",
          slots: [
            { slot: "0", offsetBytes: 0, sizeBytes: 20, label: "controller", type: "address", state: "kept" },
            { slot: "1", offsetBytes: 0, sizeBytes: 32, label: "targetContractId", type: "bytes32", state: "kept" },
            { slot: "2", offsetBytes: 0, sizeBytes: 8, label: "verificationRate", type: "uint64", state: "kept" },
            { slot: "2", offsetBytes: 8, sizeBytes: 1, label: "isOpen", type: "bool", state: "new" },
            { slot: "3", offsetBytes: 0, sizeBytes: 32, label: "oldFeeDEPRECATED", type: "uint256", state: "deprecated", before: { label: "oldFee", type: "uint256" } },
            { slot: "4", offsetBytes: 0, sizeBytes: 32, label: "maxJobs", type: "uint256", state: "new" },
            { slot: "5", offsetBytes: 0, sizeBytes: 1568, label: "__gap", type: "uint256[49]", state: "kept" },
          ],
          previous: [
            { slot: "0", offsetBytes: 0, sizeBytes: 20, label: "controller", type: "address" },
            { slot: "1", offsetBytes: 0, sizeBytes: 32, label: "targetContractId", type: "bytes32" },
            { slot: "2", offsetBytes: 0, sizeBytes: 8, label: "verificationRate", type: "uint64" },
            { slot: "3", offsetBytes: 0, sizeBytes: 32, label: "oldFee", type: "uint256" },
            { slot: "4", offsetBytes: 0, sizeBytes: 1600, label: "__gap", type: "uint256[50]" },
          ],
        },
        interface: [
          { kind: "function", change: "changed", before: "job(uint256 id) view returns (address)", after: "job(uint256 id) view returns (address, uint256)" },
          { kind: "function", change: "added", after: "maxJobs() view returns (uint256)" },
        ],
        sourceDiff: {
          from: "contracts/jobs/JobsManager.sol:JobsManager",
          to: "contracts/jobs/JobsManagerV2.sol:JobsManagerV2",
          files: [{ path: "contracts/jobs/JobsManagerV2.sol", oldPath: "contracts/jobs/JobsManager.sol", change: "changed", addedLines: 2, removedLines: 1, hunks: "@@ -1,3 +1,4 @@\n contract\n-  uint256 oldFee;\n+  uint256 oldFeeDEPRECATED;\n+  uint256 maxJobs;\n" }],
          unchangedFiles: 7,
        },
      },
    ],
    parameters: [
      {
        id: "JobsManager.verificationRate",
        meaning: "One in how many segments is challenged",
        before: { human: "1 in 1000", raw: "1000" },
        after: { human: "1 in 500", raw: "500" },
        unit: "one in N",
        effect: "at once, also for claims already made",
        bounds: "1 in 1 to 1 in 18446744073709551615",
        hazards: ["1 challenges every segment."],
      },
    ],
    route: [
      { title: "Sign and execute the Safe transaction that stages the update", by: { who: "the Safe's owners", address: SAFE }, approvals: { threshold: 2, owners: [{ address: OWNER, name: "Alice", signed: true }, { address: address("b2"), signed: false }, { address: address("c3"), signed: false }] }, state: { is: "ready" } },
      { title: "Execute the update", by: { who: "anyone" }, waits: "100 blocks after staging", about: "20 minutes", earliest: { block: 220n, timeSeconds: 1_525_134_000n }, state: { is: "waiting", detail: "for step 1" } },
    ],
    findings: [
      { severity: "info", code: "git-commit-recorded", title: "The registry records the commit of the source." },
      { severity: "warning", code: "layout-variable-deprecated", title: "oldFee is renamed to oldFeeDEPRECATED.", detail: "Slot 3, uint256: its value stays and is no longer read." },
    ],
    checks: [
      { check: "git-commit-recorded", verdict: "passed", explains: "The registry names the commit of the source.", findings: [] },
      { check: "storage-layout", verdict: "warned", explains: "New code reads the storage that the old code wrote.", findings: [] },
    ],
    aftermath: {
      invariants: [{ name: "minter-holds-stake", explains: "Every bonded LPT is there.", before: { holds: true, detail: "5 of 5" }, after: { holds: true, detail: "5 of 5" }, later: undefined, breaks: "refuse" }],
      rollbacks: [{ contract: "JobsManager", proxy: PROXY, holds: true, detail: "The old code reads everything as before.", differences: [] }],
      life: { actions: 40, rounds: 2, failed: [] },
      assumptions: ["Only accounts that acted before are looked at."],
    },
    traffic: [
      {
        proposalId: hash("1d"), proxy: PROXY, contract: "JobsManager", implementation: NEW_CODE, fromBlock: 1n, toBlock: 120n, transactions: 500, identical: 490, expected: 10,
        classes: [{ selector: "0x15fa168a", signature: "job(uint256)", kind: "gas", what: "", count: 10, expected: true, example: hash("77"), detail: "12 more" }],
        skipped: [{ reason: "depended on its block", count: 2 }], notes: [], unusedExpectations: [],
      },
    ],
    simulation: {
      proposalId: hash("1d"),
      chainId: 31337n,
      block: { number: 120n, hash: hash("b1"), timestampSeconds: 1_525_132_800n },
      engine: "anvil 1.7.1",
      effectsHash: hash("ef"),
      state: { proof: "proven", stateRoot: hash("5f") },
      assumptions: ["Two signatures of the Safe are replaced by approvals in storage."],
      changes: [
        { address: SAFE, contract: "Safe", kind: "storage", slot: hash("05"), path: "nonce", type: "uint256", before: word(7n), after: word(8n), beforeText: "7", afterText: "8" },
        { address: CONTROLLER, contract: "Controller", kind: "storage", slot: hash("c1"), path: registryPath, type: "address", before: hash("01"), after: hash("02"), beforeText: OLD_CODE, afterText: NEW_CODE },
        { address: PROXY, contract: "JobsManager", kind: "storage", slot: hash("02"), path: "verificationRate", type: "uint64", before: word(1_000n), after: word(500n), beforeText: "1000", afterText: "500" },
      ],
      steps: [
        {
          title: "Safe stages the update", from: OWNER, to: SAFE, valueWei: 0n, data: "0x6a761202", outcome: "success", gasUsed: 180_000n, changes: [],
          calls: {
            type: "CALL", from: OWNER, to: SAFE, toName: "Safe", valueWei: 0n, input: "0x6a761202", output: "0x", gasUsed: 180_000n, signature: "execTransaction(address)", args: [{ name: "to", type: "address", value: GOVERNOR }],
            children: [{ type: "CALL", from: SAFE, to: GOVERNOR, toName: "Governor", valueWei: 0n, input: "0x0d1e4bd3", output: "0x", gasUsed: 60_000n, signature: "stage(tuple,uint256)", args: [{ name: "delay", type: "uint256", value: "100" }], children: [] }],
          },
          events: [{ address: GOVERNOR, addressName: "Governor", signature: "UpdateStaged(tuple,uint256)", args: [{ name: "delay", type: "uint256", value: "100" }], topics: [hash("af")], data: "0x" }],
        },
      ],
    },
    expectation: { intended: [{ address: CONTROLLER, slot: hash("c1") }, { address: PROXY, slot: hash("02") }], authorities: [SAFE, GOVERNOR] },
    assumptions: ["The RPC node told the truth about its chain."],
    notChecked: ["Whether nodes cache the value."],
    reproduce: [{ what: "Run the simulation again", command: "lpctl proposal simulate 001 --network local" }],
    producedBy: "lpctl 0.1.0",
  };
}
