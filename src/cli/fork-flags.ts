import * as Args from "@oclif/core/args";

export const forkArgs = { file: Args.string({ description: "The fork file.", default: "fork.yaml" }) };

/** What a fork file has, for help. */
export const FORK_FILE = [
  "A fork file is YAML:",
  "  schema: 1",
  "  chainId: 31337              # of the chain that the fork is made on",
  "  snapshot: { folder: snapshots/arbitrum-350000000, identity: 0x… }",
  "  governance: { owner: 0x…, unpause: false }",
  "  clock: { forkBlock: 1000 }  # goes on as the snapshot's block; default: the newest, none on the same chain",
  "  parameters: { BondingManager.unbondingPeriod: 9 rounds }",
  "  loading: { method: chunks, below: 100 }  # who has less than 100 LPT: raw (default), typed, chunks or claims",
  "                              # claims: also review (7 days), openFor (365 days), remainderTo (the owner)",
  "  code: { BondingManager: contracts/Own.sol:Own }  # instead of the snapshot's, on its words; beside this file or in the project",
  '  excluded: [{ account: 0x…, reason: "…" }]',
  '  moved: [{ from: 0x…, to: 0x…, reason: "…" }]       # everything of an account goes to one that has nothing',
  '  confirmed: [{ account: 0x…, codeHash: 0x… }]      # a contract that is the same one here, with this code',
].join("\n");
