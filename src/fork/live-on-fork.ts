import { gzipSync } from "node:zlib";
import { Interface } from "ethers/abi";
import { z } from "zod";
import { startAnvil, type Anvil } from "../chain/anvil.ts";
import { formatTag } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { Life, withRoomyBlocks } from "../simulation/aftermath/live.ts";
import { describeActor, planLife, type LifePlan } from "../simulation/aftermath/life-plan.ts";
import { readLivingState, type LivingState } from "../simulation/aftermath/living-state.ts";
import type { Sample } from "../simulation/aftermath/sample.ts";
import { startFork, withFork, type Fork, type ForkTransaction } from "../simulation/fork.ts";
import { hasFailed } from "../simulation/has-failed.ts";
import { BondingView } from "../snapshot/view/bonding.ts";
import { payersOf } from "../snapshot/view/payments.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import { addressIn } from "./draft-fork.ts";
import type { PreparedFork } from "./prepare-fork.ts";
import type { Moved } from "./remap-addresses.ts";
import { findOpenMatters, settleOnCopy, type Settled } from "./settle-on-copy.ts";

/** The same rounds and votes with the same actors, on a copy of the fork and on one of the snapshot. */
export interface ForkLife {
  /** How many things actors did, on each. */
  deeds: number;
  verdicts: { name: string; says: string; holds: boolean; isDeclared: boolean; detail: string }[];
}

interface Lived {
  /** Label to whether the chain let it happen. */
  deeds: Map<string, boolean>;
  /** What votes came to. */
  votes: Map<string, unknown>;
  state: LivingState | undefined;
}

const MOST_TRANSCODERS = 20;
const MOST_DELEGATORS = 40;
const MOST_PAYERS = 10;
const MOST_TICKETS = 10;
/** A copy of more words takes longer to make than it is worth here. */
const MOST_WORDS = 500_000;
const ONLY_WHERE_PAUSED = "the owner unpauses";

/**
 * Lives three rounds on a private copy of the fork, and the same three on the protocol of the snapshot, which is built anew
 * from its words: what everybody has must come out alike, to the wei. Undefined where the snapshot is too large for a copy.
 * @param block of the fork, after its last transaction
 */
export async function liveOnFork(rpcUrl: string, prepared: PreparedFork, block: bigint): Promise<ForkLife | undefined> {
  const { view, deployed, terms, draft } = prepared;
  if (view.state.contracts.reduce((sum, { words }) => sum + words.count, 0) > MOST_WORDS) return undefined;
  const sample = sampleOf(view);
  const closing = touchOf(prepared, renamed(sample, draft.moved));
  const matters = findOpenMatters(view, new Set(terms.excluded.map(({ account }) => account)));
  const settleAs = (its: typeof matters) => (fork: Fork, controller: Address): Promise<Settled> => settleOnCopy(fork, controller, its, prepared.artifacts);
  const original = await startSnapshotChain(view);
  let plan: LifePlan | undefined;
  let before: Lived;
  try {
    before = await withFork(await startFork(original.url), async (fork) => {
      // As long after the snapshot as the fork's last transaction came after its beginning.
      await fork.advanceBlocks(terms.clock.snapshotBlock + (block - terms.clock.forkBlock) - (await fork.rpc.blockNumber()));
      const state = await readLivingState(fork.rpc, view.state.controller, sample);
      plan = state === undefined ? undefined : planLife(state, sample);
      return live(fork, view.state.controller, plan, sample, { settle: settleAs(matters), closing: closing && { ...closing, data: "0x" } });
    });
  } finally {
    await original.stop();
  }
  const after = await withFork(await startFork(rpcUrl, block), (fork) => live(fork, deployed.controller, renamed(plan, draft.moved), renamed(sample, draft.moved), { settle: settleAs(renamed(matters, draft.moved)), closing }));
  return compareLives(renamed(before, draft.moved), after, Object.keys(terms.parameters).length > 0 || prepared.code.length > 0);
}

/** Whoever waits in chunks can only be read, many in one call, once it is there. On the original the same block has nothing to do. */
function touchOf({ plannedTail, deployed, plan }: PreparedFork, { pool, delegators, payers }: Sample): ForkTransaction | undefined {
  if (plannedTail?.method !== "chunks") return undefined;
  const data = new Interface(["function touch(address[] accounts)"]).encodeFunctionData("touch", [[...new Set([...pool, ...delegators, ...payers])]]) as Hex;
  return { from: plan.from, to: addressIn(deployed, "BondingManager"), valueWei: 0n, data };
}

/** The same with the addresses that accounts have on the fork, in short form too. */
function renamed<T>(value: T, moved: Moved): T {
  if (typeof value === "string") {
    let text: string = value;
    for (const [old, after] of moved) text = text.replaceAll(old, after).replaceAll(describeActor(old), describeActor(after));
    return text as T;
  }
  if (Array.isArray(value)) return value.map((each: unknown) => renamed(each, moved)) as T;
  if (value instanceof Map) return new Map([...(value as Map<unknown, unknown>)].map(([key, each]) => [renamed(key, moved), renamed(each, moved)])) as T;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]: [string, unknown]) => [name, renamed(each, moved)])) as T;
}

/** @param settle what the snapshot left open, after the rounds @param closing what is sent last */
async function live(fork: Fork, controller: Address, plan: LifePlan | undefined, sample: Sample, { settle, closing }: { settle: (fork: Fork, controller: Address) => Promise<Settled>; closing: ForkTransaction | undefined }): Promise<Lived> {
  if (plan === undefined) return { deeds: new Map(), votes: new Map(), state: undefined };
  const life = new Life(fork, controller, plan);
  await withRoomyBlocks(fork, async () => {
    await life.liveTwoRounds();
    await life.liveClosingRound();
  });
  const settled = await settle(fork, controller);
  if (closing !== undefined) await fork.send(closing);
  const deeds = life.deeds.filter(({ label }) => !label.startsWith(ONLY_WHERE_PAUSED));
  return {
    deeds: new Map([...deeds.map(({ label, receipt }) => [label, receipt !== undefined && !hasFailed(receipt)] as const), ...settled.deeds]),
    votes: settled.votes,
    state: await readLivingState(fork.rpc, controller, sample),
  };
}

function sampleOf(view: StateView): Sample {
  const bonding = new BondingView(view);
  const pool = bonding.pool().map(({ account }) => account);
  const all = [...bonding.delegators()];
  const members = new Set(pool);
  const delegators = all.filter(({ account, bondedWei, nextLockId }) => !members.has(account) && (bondedWei > 0n || nextLockId > 0n)).map(({ account }) => account);
  const tickets = view.find("TicketBroker")?.cell("usedTickets");
  return {
    pool,
    transcoders: pool.slice(0, MOST_TRANSCODERS),
    delegators: delegators.slice(0, MOST_DELEGATORS),
    payers: [...payersOf(view)].map(({ account }) => account).slice(0, MOST_PAYERS),
    usedTickets: tickets === undefined ? [] : view.state.preimages.words.filter((word) => tickets.at(word).flag()).slice(0, MOST_TICKETS),
    partial: pool.length > MOST_TRANSCODERS || delegators.length > MOST_DELEGATORS ? "only some are looked at" : undefined,
  };
}

/** The protocol of a snapshot on a local chain of its own: its contracts at their addresses, with their code and their words. */
async function startSnapshotChain({ state, blockNumber, timestampSeconds }: StateView): Promise<Anvil> {
  const anvil = await startAnvil({ chainId: state.chainId, genesisBlock: blockNumber > 0n ? blockNumber - 1n : 0n, genesisTimestampSeconds: timestampSeconds, accounts: 0 });
  try {
    const accounts = Object.fromEntries(
      state.contracts.map(({ address, account, code, words }) => {
        const hexAt = (bytes: Uint8Array, index: number): Hex => `0x${Buffer.from(bytes.subarray(index * 32, index * 32 + 32)).toString("hex")}`;
        const storage = Object.fromEntries(Array.from({ length: words.count }, (_, index) => [hexAt(words.slots, index), hexAt(words.values, index)]));
        return [address, { nonce: Number(account.nonce), balance: formatTag(account.balanceWei), code, storage }];
      }),
    );
    const packed = gzipSync(JSON.stringify({ block: null, accounts, best_block_number: null, blocks: [], transactions: [], historical_states: null }), { level: 1 });
    await anvil.rpc.request("anvil_loadState", [`0x${packed.toString("hex")}`], z.literal(true));
    await anvil.rpc.request("evm_mine", [], z.unknown());
    return anvil;
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

function compareLives(before: Lived, after: Lived, isChanged: boolean): ForkLife {
  const labels = [...new Set([...before.deeds.keys(), ...after.deeds.keys()])];
  const verdict = (name: string, says: string, figures: readonly { label: string; was: unknown; is: unknown }[]): ForkLife["verdicts"][number] => {
    const wrong = figures.filter(({ was, is }) => textOf(was) !== textOf(is));
    const shown = wrong.slice(0, 3).map(({ label, was, is }) => `${label} is ${textOf(is)} instead of ${textOf(was)}`);
    const detail = wrong.length === 0 ? `${figures.length} values are the same` : `${shown.join("; ")}${wrong.length > 3 ? `; and ${wrong.length - 3} more` : ""}`;
    return { name, says, holds: wrong.length === 0 && figures.length > 0, isDeclared: wrong.length > 0 && isChanged, detail: figures.length === 0 ? "nobody could act" : detail };
  };
  const [was, is] = [before.state, after.state];
  const accounts = (was?.accounts ?? []).map((each, at) => ({ each, other: is?.accounts[at] }));
  const transcoders = (was?.transcoders ?? []).map((each, at) => ({ each, other: is?.transcoders[at] }));
  const succeeded = labels.filter((label) => before.deeds.get(label) === true).length;
  return {
    deeds: labels.length,
    verdicts: [
      verdict("deeds-alike", `What is possible is possible on both, and what is not is not: ${succeeded} of ${labels.length} succeed.`, labels.map((label) => ({ label, was: before.deeds.get(label), is: after.deeds.get(label) }))),
      verdict("stakes-alike", "Stake and fees after three rounds are the same, to the wei.", accounts.flatMap(({ each, other }) => [
        { label: `pendingStake of ${each.address}`, was: each.pendingStake, is: other?.pendingStake },
        { label: `pendingFees of ${each.address}`, was: each.pendingFees, is: other?.pendingFees },
        { label: `tokens of ${each.address}`, was: each.tokens, is: other?.tokens },
        { label: `status of ${each.address}`, was: each.status, is: other?.status },
      ])),
      verdict("locks-alike", "Stake that is being unbonded is under the same locks.", accounts.map(({ each, other }) => ({ label: `locks of ${each.address}`, was: each.locks, is: other?.locks }))),
      verdict("transcoders-alike", "Transcoders have the same terms, stake, rewards and votes.", transcoders.map(({ each, other }) => ({ label: `transcoder ${each.address}`, was: each, is: other }))),
      verdict("payers-alike", "Whoever pays has the same deposit and reserve, and used tickets stay used.", [
        { label: "deposits and reserves", was: was?.payers.map(({ address, funds }) => [address, isBlock(was) ? funds[0] : funds]), is: is?.payers.map(({ address, funds }) => [address, isBlock(is) ? funds[0] : funds]) },
        { label: "used tickets", was: was?.ticketsUsed, is: is?.ticketsUsed },
      ]),
      verdict("votes-alike", "A poll and a proposal of the governor take votes, and count them alike: a delegator's is taken out of its transcoder's.", [...before.votes].map(([label, value]) => ({ label, was: value, is: after.votes.get(label) }))),
      verdict("totals-alike", "Round, supply, inflation, votes and what the Minter holds are the same.", [
        { label: "the round", was: was?.rounds.currentRound, is: is?.rounds.currentRound },
        { label: "the supply", was: was?.supply, is: is?.supply },
        { label: "minting", was: was?.minting, is: is?.minting },
        { label: "votes", was: was?.votes, is: is?.votes },
        { label: "tokens of the Minter", was: was?.vaultTokens, is: is?.vaultTokens },
        { label: "ether of the Minter", was: was?.vaultWei, is: is?.vaultWei },
      ]),
    ],
  };
}

/** Withdrawals of 2018 wait for a block, which the fork counts by its own chain. */
function isBlock({ protocol }: LivingState): boolean {
  return protocol.ticketBroker === undefined;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? each.toString() : each)) ?? "unreadable";
}
