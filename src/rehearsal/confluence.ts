import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { id } from "ethers";
import { z } from "zod";
import { formatTag } from "../chain/rpc.ts";
import { localAccounts, type LocalRole } from "../node/local-accounts.ts";
import { formatHuman } from "../protocol/units.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { act, beginNextRound, foresee, readNumber, refusalOf } from "./act.ts";
import { claimsConstants, foretellClaims, type ClaimsTerms } from "./claims-contract.ts";
import { writeClaims, type ClaimRow } from "./claims-file.ts";
import { placeMigration, runMigration } from "./migration-run.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const DELAY_BLOCKS = 10n;
const LPT = 10n ** 18n;
const WEEK_SECONDS = 7n * 86_400n;
const ROUNDS = 2;
/** Who has stake in the protocol that is left. */
const MOVING: readonly LocalRole[] = ["transcoder", "delegator", "broadcaster"];
const CLAIM =
  "function claim((uint256 index, address account, address delegate, uint256 stake, uint256 tokens, uint256 fees) entry, bytes32[] proof, (address delegate, address recipient) choice, address[4] hints)";
const NO_HINTS = [ZERO_ADDRESS, ZERO_ADDRESS, ZERO_ADDRESS, ZERO_ADDRESS];
const AS_WRITTEN = [ZERO_ADDRESS, ZERO_ADDRESS];

/**
 * From one chain to another as in 2022: the old protocol stops, what everybody has there becomes a tree, and the new one pays it out.
 * The tree is staged through Safe and Governor and waits seven days. The first has one stake wrong: it is found, taken back, and made anew.
 */
export const confluenceScenario: Scenario = {
  name: "confluence",
  summary: "Stake moves to another chain by claims: a wrong tree is cancelled in its review, the right one opens after seven days.",
  prepare: prepareConfluence,
};

function prepareConfluence(options: RehearsalOptions): Rehearsal {
  let [old, next]: (Stage | undefined)[] = [];
  let rows: ClaimRow[] = [];
  let terms: ClaimsTerms | undefined;
  let contract: Address | undefined;
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const { producedBy } = options;
  const file = (name: string): string => join(ready(next).project.folder, name);
  const stageTree = async (number: number, name: string, claims: readonly ClaimRow[], update: (doing: string) => void) => {
    const on = ready(next);
    const tree = await writeClaims(file(name), domainOf(on, ready(terms), ready(contract)), claims);
    const script = await placeMigration(on, number, "merkle-claims", claimsConstants(ready(terms), file(name)));
    return { tree, script, waits: await refusalOf(runMigration(on, script, { producedBy, update, proposals })) };
  };
  let right: Awaited<ReturnType<typeof stageTree>> | undefined;
  let wrong: Awaited<ReturnType<typeof stageTree>> | undefined;

  const steps: RehearsalStep[] = [
    {
      title: "The old chain: stake is bonded and rewarded; then the protocol stops for good",
      run: async (update) => {
        old = await openStage({ ...options, folder: join(options.folder, "old") }, { delayBlocks: 0n, phase: "eoa", aftermath: false }, update);
        await bond(old, "broadcaster", 77n * LPT);
        for (let round = 0; round < ROUNDS; round++) {
          await beginNextRound(old);
          await act(old, "transcoder", addressIn(old, "BondingManager"), "function reward()");
        }
        await act(old, "deployer", old.protocol.controller, "function pause()");
        rows = await readRows(old);
        const stakeWei = rows.reduce((sum, row) => sum + row.stakeWei, 0n);
        return `${rows.length} accounts have ${formatHuman(stakeWei, "wei-lpt")}`;
      },
    },
    {
      title: "The new chain: the protocol of today, owned by a Governor, which is owned by a Safe",
      run: async (update) => {
        next = await openStage({ ...options, folder: join(options.folder, "new") }, { delayBlocks: DELAY_BLOCKS, profile: "current", isLived: false, aftermath: false }, update);
        const { operator } = localAccounts();
        const sumWei = rows.reduce((sum, row) => sum + row.stakeWei + row.tokensWei, 0n);
        for (const role of ["transcoder", "delegator", "broadcaster"] as const) {
          await act(next, role, addressIn(next, "LivepeerToken"), "function transfer(address to, uint256 value)", [operator.address, sumWei / 3n + 1n]);
        }
        terms = { snapshotId: await snapshotOf(ready(old)), reviewSeconds: WEEK_SECONDS, claimSeconds: 52n * WEEK_SECONDS, remainderTo: operator.address };
        contract = await foretellClaims(next, terms);
        return `claims will be paid by ${contract}`;
      },
    },
    {
      title: "Stage a tree with one stake wrong",
      run: async (update) => {
        const claims = rows.map((row, index) => (index === 1 ? { ...row, stakeWei: row.stakeWei + 1n } : row));
        wrong = await stageTree(1, "first.json", claims, update);
        const early = await foresee(ready(next), "operator", ready(contract), "function open(bytes32 stagedRoot)", [wrong.tree.root]);
        proofs.push(
          { what: "the run ends until the review is over", holds: wrong.waits?.code === "LPCTL_MIGRATE_NOT_YET", detail: wrong.waits?.message ?? "it was opened" },
          { what: "a staged tree cannot be opened before its review is over", holds: early?.includes(selectorOf("SnapshotClaimsInReview(uint256)")) === true, detail: early ?? "it could be opened" },
        );
        return `${wrong.tree.root} is staged`;
      },
    },
    {
      title: "Review it: everybody can compare the file with the old chain; cancel it",
      run: async (update) => {
        const on = ready(next);
        const found = await compareWithChain(file("first.json"), ready(old));
        proofs.push({ what: "the review finds the one account whose stake is wrong", holds: found.length === 1 && found[0] === rows[1]?.account, detail: found.join(", ") });
        const cancel = await placeMigration(on, 2, "merkle-claims-cancel", { CONTRACT: JSON.stringify(ready(contract)), ROOT: JSON.stringify(ready(wrong).tree.root) });
        await runMigration(on, cancel, { producedBy, update, proposals });
        const root = await readNumber(on, ready(contract), "function root() view returns (uint256)");
        proofs.push({ what: "the wrong tree is gone", holds: root === 0n, detail: `root ${root}` });
        return "cancelled by the Governor";
      },
    },
    {
      title: "Stage the right tree, wait seven days, open it",
      run: async (update) => {
        const on = ready(next);
        right = await stageTree(3, "claims.json", rows, update);
        const found = await compareWithChain(file("claims.json"), ready(old));
        await passSeconds(on, WEEK_SECONDS);
        const outcome = await runMigration(on, right.script, { producedBy, update, proposals });
        proofs.push({ what: "the right tree agrees with the old chain in every account, and is open after its review", holds: found.length === 0 && outcome.confirmed === 1, detail: `${rows.length} accounts, root ${right.tree.root}` });
        return `${outcome.operations} operations, ${outcome.elsewhere.length} by the Governor`;
      },
    },
    {
      title: "Claim: transcoder and delegators arrive with what they had",
      run: async () => {
        const on = ready(next);
        await beginNextRound(on);
        const tooMuch = rows.map((row) => ({ ...row, stakeWei: row.stakeWei + 1n }));
        const why = (claims: readonly ClaimRow[]) => foresee(on, "delegator", ready(contract), CLAIM, [entryOf(claims, 1), ready(right).tree.proofAt(1), AS_WRITTEN, NO_HINTS]);
        const more = await why(tooMuch);
        for (const [index, role] of MOVING.entries()) await claim(on, ready(contract), role, entryOf(rows, index), ready(right).tree.proofAt(index));
        const twice = await why(rows);
        for (const { account, stakeWei } of rows) {
          const arrived = await readNumber(on, "BondingManager", "function pendingStake(address account, uint256 endRound) view returns (uint256)", [account, 0n]);
          proofs.push({ what: `${roleOf(account)} has on the new chain what it had on the old one`, holds: arrived === stakeWei, detail: `${arrived} wei of ${stakeWei}` });
        }
        proofs.push(
          { what: "nobody claims more than the tree has", holds: more?.includes(selectorOf("SnapshotClaimsInvalidProof(uint256)")) === true, detail: more ?? "it could be claimed" },
          { what: "nobody claims twice", holds: twice?.includes(selectorOf("SnapshotClaimsAlreadyClaimed(uint256)")) === true, detail: twice ?? "it could be claimed again" },
        );
        return `${rows.length} claims`;
      },
    },
    {
      title: "Go on: the transcoder is active in the next round, and is rewarded with all that came along",
      run: async () => {
        const on = ready(next);
        const bonding = addressIn(on, "BondingManager");
        await act(on, "transcoder", bonding, "function transcoder(uint256 rewardCut, uint256 feeShare)", [100_000n, 500_000n]);
        const round = await beginNextRound(on);
        await act(on, "transcoder", bonding, "function reward()");
        const [active, sum] = [await readNumber(on, bonding, "function currentRoundTotalActiveStake() view returns (uint256)"), rows.reduce((total, row) => total + row.stakeWei, 0n)];
        proofs.push({ what: `all stake that moved is active in round ${round}`, holds: active === sum, detail: formatHuman(active, "wei-lpt") });
        return `round ${round}`;
      },
    },
  ];

  return {
    steps,
    result: () => ({ scenario: confluenceScenario.name, folder: options.folder, controller: ready(next).protocol.controller, proposals, proofs }),
    stop: async () => {
      await old?.stop();
      await next?.stop();
    },
  };
}

async function bond(stage: Stage, role: LocalRole, amount: bigint): Promise<void> {
  const bonding = addressIn(stage, "BondingManager");
  await act(stage, role, addressIn(stage, "LivepeerToken"), "function approve(address spender, uint256 amount)", [bonding, amount]);
  await act(stage, role, bonding, "function bond(uint256 amount, address to)", [amount, localAccounts().transcoder.address]);
}

async function readRows(stage: Stage): Promise<ClaimRow[]> {
  const { transcoder } = localAccounts();
  return Promise.all(
    MOVING.map(async (role) => {
      const { address } = localAccounts()[role];
      return { account: address, delegate: transcoder.address, ...(await readPending(stage, address)), tokensWei: 0n };
    }),
  );
}

async function readPending(stage: Stage, account: Address): Promise<{ stakeWei: bigint; feesWei: bigint }> {
  const [stakeWei, feesWei] = await Promise.all(
    ["pendingStake", "pendingFees"].map((name) => readNumber(stage, "BondingManager", `function ${name}(address account, uint256 endRound) view returns (uint256)`, [account, 0n])),
  );
  return { stakeWei: ready(stakeWei), feesWei: ready(feesWei) };
}

/** The block that the claims were read at names the snapshot. */
async function snapshotOf({ project }: Stage): Promise<Hex> {
  return (await project.rpc.block("latest")).hash;
}

function domainOf({ project }: Stage, { snapshotId }: ClaimsTerms, claimContract: Address): { chainId: bigint; claimContract: Address; snapshotId: Hex } {
  return { chainId: project.chainId, claimContract, snapshotId };
}

/** Accounts of a published file that have other stake or fees on the old chain. */
async function compareWithChain(path: string, old: Stage): Promise<Address[]> {
  const schema = z.object({ values: z.array(z.object({ value: z.array(z.string()) })) });
  const { values } = schema.parse(JSON.parse(await readFile(path, "utf8")));
  const wrong: Address[] = [];
  for (const { value } of values) {
    const [account, , stake, , fees] = value.slice(4);
    if (account === undefined) throw new Error("a claim names its account");
    const { stakeWei, feesWei } = await readPending(old, account as Address);
    if (String(stakeWei) !== stake || String(feesWei) !== fees) wrong.push(account as Address);
  }
  return wrong;
}

function entryOf(rows: readonly ClaimRow[], index: number): readonly unknown[] {
  const { account, delegate, stakeWei, tokensWei, feesWei } = ready(rows[index]);
  return [index, account, delegate, stakeWei, tokensWei, feesWei];
}

function claim(stage: Stage, contract: Address, role: LocalRole, entry: readonly unknown[], proof: readonly Hex[]): Promise<void> {
  return act(stage, role, contract, CLAIM, [entry, proof, AS_WRITTEN, NO_HINTS]);
}

/** Which error it is, of a contract that is no part of the suite. */
function selectorOf(error: string): string {
  return id(error).slice(0, 10);
}

function roleOf(account: Address): string {
  return MOVING.find((role) => localAccounts()[role].address === account) ?? account;
}

async function passSeconds({ project }: Stage, seconds: bigint): Promise<void> {
  await project.rpc.request("evm_increaseTime", [formatTag(seconds)], z.unknown());
  await project.rpc.request("anvil_mine", [formatTag(1n)], z.unknown());
}
