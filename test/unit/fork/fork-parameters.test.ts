import { beforeAll, describe, expect, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import { checkForkParameters, type ForkParameters } from "../../../src/fork/check-fork-parameters.ts";
import { wordOf } from "../../../src/fork/contract-draft.ts";
import { parseForkFile } from "../../../src/fork/parse-fork-file.ts";
import type { Layout } from "../../../src/protocol/layout.ts";
import type { ContractState, ProtocolState } from "../../../src/snapshot/state.ts";
import { slotWordsOf } from "../../../src/snapshot/trie/storage-root.ts";
import { openView, type StateView } from "../../../src/snapshot/view/state-view.ts";

const HASH = `0x${"00".repeat(32)}` as const;

/** A contract whose variables are words of their own. */
function contractOf(index: number, name: string, variables: Readonly<Record<string, bigint>>, layoutOf = `contracts/${name}.sol:${name}`): { state: ContractState; layout: Layout } {
  const labels = Object.keys(variables);
  return {
    layout: { storage: labels.map((label, slot) => ({ label, slot: String(slot), offset: 0, type: "t" })), types: { t: { encoding: "inplace", label: "uint256", numberOfBytes: "32" } } },
    state: {
      address: `0x${String(index).padStart(40, "0")}`,
      name,
      layoutOf,
      account: { nonce: 1n, balanceWei: 0n, storageHash: HASH, codeHash: HASH },
      code: "0x00",
      words: slotWordsOf(Object.values(variables).flatMap((value, slot): [`0x${string}`, `0x${string}`][] => (value === 0n ? [] : [[wordOf(BigInt(slot)), wordOf(value)]]))),
      writtenZeros: [],
    },
  };
}

async function viewOf(...made: { state: ContractState; layout: Layout }[]): Promise<StateView> {
  const contracts = made.map(({ state }) => state);
  const state = { chainId: 1n, block: { number: "0x10", timestamp: "0x10" }, controller: contracts[0]?.address, contracts, preimages: { addresses: [], words: [] } } as unknown as ProtocolState;
  return openView(state, { layouts: new Map(made.map(({ state: { layoutOf = "" }, layout }) => [layoutOf, layout])), blockNumber: 16n });
}

let launch: StateView;
let current: StateView;

beforeAll(async () => {
  launch = await viewOf(
    contractOf(1, "JobsManager", { verificationPeriod: 100n, verificationSlashingPeriod: 100n, finderFee: 500_000n }),
    contractOf(2, "Minter", { inflation: 3n }),
    contractOf(3, "BondingManager", { unbondingPeriod: 7n }),
  );
  current = await viewOf(
    contractOf(1, "TicketBroker", { unlockPeriod: 10n }),
    contractOf(2, "Minter", { inflation: 220_500n }, "contracts/token/PreciseMinter.sol:PreciseMinter"),
    contractOf(3, "BondingManager", { unbondingPeriod: 7n, treasuryRewardCutRate: 10n ** 26n }),
  );
});

function checked(view: StateView, ...lines: string[]): ForkParameters {
  const owner = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
  const text = ["schema: 1", "chainId: 1", `snapshot: { folder: s, identity: "0x${"ab".repeat(32)}" }`, `governance: { owner: "${owner}" }`, "parameters:", ...lines.map((line) => `  ${line}`)].join("\n");
  return checkForkParameters(parseForkFile(text, "fork.yaml"), view);
}

function refused(view: StateView, ...lines: string[]): string {
  try {
    checked(view, ...lines);
  } catch (error) {
    if (error instanceof LpctlError) return `${error.code} ${error.message}\n${error.why ?? ""}`;
    throw error;
  }
  return "nothing";
}

describe("parameters of a fork file", () => {
  test("are in the parts of the snapshot's own Minter: the same share is another number in 2018", () => {
    expect(checked(launch, "Minter.inflation: 0.05%").values).toEqual({ "Minter.inflation": 500n });
    expect(checked(current, "Minter.inflation: 0.05%").values).toEqual({ "Minter.inflation": 500_000n });
  });

  test("are refused out of bounds, each with its line", () => {
    const complaint = refused(launch, "BondingManager.unbondingPeriod: 9 rounds", "JobsManager.finderFee: 200%", "Minter.inflation: 101%");
    expect(complaint).toContain("LPCTL_FORK_PARAMETER fork.yaml:7:");
    expect(complaint).toContain("200% is out of bounds for JobsManager.finderFee: at most 100%");
    expect(complaint).toContain("\n8:");
  });

  test("are refused in another scale than the contract's, with what was probably meant", () => {
    const complaint = refused(current, "BondingManager.treasuryRewardCutRate: 100000");
    expect(complaint).toContain("10% (raw 100000000000000000000000000) was probably meant");
    expect(complaint).toContain("Write “10%”.");
  });

  test("are held against one another as they are going to be, and against the snapshot where only one changes", () => {
    expect(refused(launch, "JobsManager.verificationPeriod: 200 blocks")).toContain("200 + 100 (verificationSlashingPeriod) = 300 blocks, more than 256");
    expect(checked(launch, "JobsManager.verificationPeriod: 200 blocks", "JobsManager.verificationSlashingPeriod: 50 blocks").findings).toEqual([]);
  });

  test("are warned of where they are legal and dangerous, or change nothing", () => {
    const { findings } = checked(launch, "BondingManager.unbondingPeriod: 7 rounds", "JobsManager.finderFee: 50%");
    expect(findings.map(({ severity, title }) => `${severity} ${title}`)).toEqual([
      "warning fork.yaml:6:35 BondingManager.unbondingPeriod is 7 rounds already.",
      "warning fork.yaml:7:26 JobsManager.finderFee is 50% already.",
    ]);
  });

  test("are refused where the snapshot is of another suite", () => {
    expect(refused(launch, "TicketBroker.unlockPeriod: 3 rounds")).toContain("The snapshot is of the profile launch, which has no TicketBroker.unlockPeriod.");
  });
});
