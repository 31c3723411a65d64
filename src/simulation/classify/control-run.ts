/** Runs without the proposal, or at another time, to tell what it causes from what time does. */
import type { Interface } from "ethers";
import { z } from "zod";
import type { PlannedStep } from "../../authority/planned-step.ts";
import type { Receipt } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import type { Call } from "../../proposal/call.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { AddressBook } from "../contract-book.ts";
import type { SlotChange } from "../decode-storage.ts";
import type { Fork, ForkTransaction } from "../fork.ts";
import { hasFailed } from "../has-failed.ts";
import { describeDiffs, mergeDiffs } from "../net-changes.ts";
import { observeTransaction, type KnownHashes } from "../observe-transaction.ts";
import { openPath, pathOf, placeKey, placeOf, valueOf } from "../../outcome/place.ts";
import type { ControlRecord, StateChange } from "../../outcome/simulation.ts";
import { traceDiffs, type AccountDiff } from "../trace.ts";
import { byPlace, dependsOnTime } from "./depends-on-time.ts";
import { batchCode, type BatchedCall } from "./batch-code.ts";

export interface ControlRequest {
  /** In the state that the route began with. It is left so. */
  fork: Fork;
  steps: readonly PlannedStep[];
  book: AddressBook;
  /** What the route changed. */
  changes: readonly StateChange[];
  /** The calls of the proposal, and who makes them. */
  calls: readonly Call[];
  authority: Address;
  /** Calls that set what is set already, as the authority may make them. */
  unchangedSettings: readonly Call[];
  /** Whether it is known already why something changed: then no run has to tell. */
  isSettled: (change: StateChange) => boolean;
  /** What the route's names were made from. */
  known?: KnownHashes | undefined;
}

interface Shift {
  seconds: bigint;
  blocks: bigint;
  words: string;
}

/** How much later everything happens, the longest first: long enough for rounds and epochs to pass; shorter where that reverts. */
const SHIFTS: readonly Shift[] = [
  { seconds: 691_200n, blocks: 57_600n, words: "8 days and 57600 blocks" },
  { seconds: 3_600n, blocks: 300n, words: "one hour and 300 blocks" },
  { seconds: 12n, blocks: 1n, words: "12 seconds and one block" },
];

/** How many blocks later than the route itself a control run begins, where it succeeds at the first try. */
export const LATER_BLOCKS = SHIFTS[0]?.blocks ?? 0n;

/** Accounts that nobody has: they may do what anyone may, and nothing else. */
const STRANGER: Address = "0x57A4a6e700000000000000000000000000C0de01";
const SENDER: Address = "0x57A4a6e700000000000000000000000000C0de02";
const POKED_FUNCTIONS = 12;
const GAS_PER_POKE = 1_000_000;
const GAS_PER_SETTING = 3_000_000;

/**
 * Runs the route again some days later: what comes out differently depends on the time. Where something is still to be
 * explained, the same moments pass without the proposal too: the authority sets what is set already, and then a stranger calls
 * every function without arguments that the contracts have. What comes out the same is none of the proposal's doing;
 * what comes out differently is, even if it depends on the time as well.
 */
export async function runControl(request: ControlRequest): Promise<ControlRecord> {
  const ran: string[] = [];
  const driven = new Map<string, ControlRecord["driven"][number]>();
  const later = await runLater(request);
  if (later === undefined) {
    ran.push("The route could not be run again at a later time: it reverts there.");
  } else {
    for (const place of dependsOnTime(request.changes, later.changes, later.shift.words)) driven.set(placeKey(place.address, place.path), place);
    ran.push(`The route was run again ${later.shift.words} later: ${driven.size === 0 ? "nothing" : `${driven.size} of the changed values`} came out differently.`);
  }
  for (const control of request.changes.every(request.isSettled) ? [] : controls(request)) {
    const without = await runInstead(request, control, later?.seen.preimages ?? []);
    const unsettled = request.changes.filter((change) => !request.isSettled(change));
    const same = unsettled.filter((change) => without.comesOutAs(change));
    for (const change of unsettled) if (without.changes(change) && !same.includes(change)) takeOut(driven, change);
    for (const change of same) driven.set(placeOf(change), { address: change.address, path: pathOf(change), why: `changes in the same way without the proposal, ${control.words}` });
    ran.push(`Without the proposal, at the same moments, ${control.words}: ${same.length === 0 ? "nothing that was to be explained" : `${same.length} of the changes`} came out the same.`);
  }
  return { driven: [...driven.values()], ran, blind: BLIND };
}

/** Also from among the entries of its mapping: what the proposal does otherwise is its own doing. */
function takeOut(driven: Map<string, ControlRecord["driven"][number]>, change: StateChange): void {
  const path = pathOf(change);
  driven.delete(placeOf(change));
  const open = driven.get(placeKey(change.address, openPath(path)));
  if (open !== undefined && open.path !== path) driven.set(placeKey(open.address, open.path), { ...open, except: [...(open.except ?? []), path] });
}

const BLIND = [
  "What happens by itself only when somebody in particular calls, or with arguments that cannot be guessed, is seen only by its dependence on the time.",
  "A number that the proposal itself takes from the clock looks like one that time drives.",
];

async function runLater(request: ControlRequest): Promise<{ shift: Shift; seen: Seen; changes: StateChange[] } | undefined> {
  const { fork, book, known } = request;
  for (const shift of SHIFTS) {
    const seen = await fork.tryOut(async () => {
      fork.advanceTime(shift.seconds);
      await fork.advanceBlocks(shift.blocks);
      return runSteps(request, (step) => step, (receipt) => observeTransaction(fork.rpc, receipt, book, known));
    });
    if (seen !== undefined) return { shift, seen, changes: describeSeen(request, seen) };
  }
  return undefined;
}

/** What transactions changed, and what names can be made from. */
interface Seen {
  diffs: readonly AccountDiff[];
  preimages: readonly Hex[];
  keys: Iterable<Hex>;
}

function describeSeen({ book, steps }: ControlRequest, { diffs, preimages, keys }: Seen): StateChange[] {
  const bookkeeping = new Set(steps.flatMap((step) => (step.kind === "transaction" && step.setup !== true ? [step.from] : [])));
  return describeDiffs(diffs, { book, preimages, keys, bookkeeping });
}

interface Control {
  words: string;
  stranger: readonly BatchedCall[];
  authority: readonly BatchedCall[];
}

function controls(request: ControlRequest): Control[] {
  const { unchangedSettings, book } = request;
  const pokes = findPokes(request);
  const named = (to: Address): string => book.nameOf(to) ?? to;
  return [
    ...(unchangedSettings.length === 0
      ? []
      : [{ words: "when what is set is set once more to the value it has", stranger: [], authority: unchangedSettings.map(({ to, data }) => ({ to, data, gas: GAS_PER_SETTING })) }]),
    ...(pokes.length === 0
      ? []
      : [{ words: `when a stranger calls ${pokes.map(({ to, name }) => `${named(to)}.${name}()`).join(", ")}`, stranger: pokes, authority: [] }]),
  ];
}

/** Functions without arguments that change something, of contracts that changed: who has no say can only trigger what is due. */
function findPokes({ changes, calls, book, isSettled }: ControlRequest): (BatchedCall & { name: string })[] {
  const touched = new Set(changes.filter((change) => change.kind === "storage" && !isSettled(change)).map(({ address }) => address));
  const own = new Set(calls.map(({ to, data }) => `${to} ${data}`));
  const pokes = [...touched].flatMap((to) => argumentless(book.interfaceOf(to)).map(({ data, name }) => ({ to, data, name, gas: GAS_PER_POKE })));
  const isOwn = ({ to, data }: BatchedCall): boolean => own.has(`${to} ${data}`);
  // What the proposal calls itself, anyone may perhaps call as well: a new round is nobody's doing.
  return [...pokes.filter(isOwn), ...pokes.filter((poke) => !isOwn(poke))].slice(0, POKED_FUNCTIONS);
}

function argumentless(abi: Interface | undefined): { data: `0x${string}`; name: string }[] {
  const found: { data: `0x${string}`; name: string }[] = [];
  abi?.forEachFunction((fragment) => {
    if (fragment.stateMutability === "nonpayable" && fragment.inputs.length === 0) found.push({ data: fragment.selector as `0x${string}`, name: fragment.name });
  });
  return found;
}

interface Without {
  changes(change: StateChange): boolean;
  comesOutAs(change: StateChange): boolean;
}

/**
 * The same moments, with other transactions in place of those that make the proposal's calls. Compared word by word, and by
 * name where a word differs: it may hold several variables. Nothing has to be named for that which is not named already.
 */
async function runInstead(request: ControlRequest, control: Control, preimages: readonly Hex[]): Promise<Without> {
  const { fork, authority } = request;
  const transactions = request.steps.filter((step) => step.kind === "transaction" && step.setup !== true);
  const makesCalls = new Set(transactions.filter((step) => step.kind === "transaction" && request.calls.some(({ to, data }) => step.to === to && step.data === data)));
  if (makesCalls.size === 0) for (const last of transactions.slice(-1)) makesCalls.add(last);
  const seen = await fork.tryOut(async () => {
    const setCode = (account: Address, code: string): Promise<unknown> => fork.rpc.request("anvil_setCode", [account, code], z.unknown());
    const acts = control.authority.length === 0 ? [] : [{ to: authority, data: "0x" as const, gas: 14_000_000 }];
    if (control.authority.length > 0) await setCode(authority, batchCode(control.authority));
    await setCode(STRANGER, batchCode([...control.stranger, ...acts]));
    return runSteps(
      request,
      (step) => ({ from: SENDER, to: makesCalls.has(step) ? STRANGER : SENDER, valueWei: 0n, data: "0x" }),
      async ({ transactionHash }) => ({ diffs: await traceDiffs(fork.rpc, transactionHash), preimages: [], keys: [] }),
    );
  });
  const diffs = seen?.diffs ?? [];
  const words = new Map<string, SlotChange>(diffs.flatMap(({ address, storage }) => storage.map((word) => [`${address} ${word.slot}`, word] as const)));
  const named = byPlace(describeSeen(request, { diffs, preimages, keys: [] }));
  const hasSameWord = ({ address, slot, before, after }: StateChange): boolean => {
    const word = words.get(`${address} ${slot ?? ""}`);
    return word !== undefined && word.before === before && word.after === after;
  };
  return {
    changes: (change) => hasSameWord(change) || named.has(placeOf(change)),
    comesOutAs: (change) => hasSameWord(change) || isSame(change, named.get(placeOf(change))),
  };
}

/** The route with other transactions in it; undefined when one of them fails. */
async function runSteps(
  { fork, steps }: ControlRequest,
  replace: (step: Extract<PlannedStep, { kind: "transaction" }>) => ForkTransaction,
  observe: (receipt: Receipt) => Promise<Seen>,
): Promise<Seen | undefined> {
  const observations: Seen[] = [];
  for (const step of steps) {
    if (step.kind === "advance-blocks") await fork.advanceBlocks(step.blocks);
    else if (step.kind === "advance-time") fork.advanceTime(step.seconds);
    else {
      const { from, to, valueWei, data } = replace(step);
      const receipt = await send(fork, { from, to, valueWei, data });
      if (receipt === undefined || hasFailed(receipt)) return undefined;
      if (step.setup !== true && to !== SENDER) observations.push(await observe(receipt));
    }
  }
  return {
    diffs: mergeDiffs(observations.flatMap(({ diffs }) => diffs)),
    preimages: observations.flatMap(({ preimages }) => preimages),
    keys: observations.flatMap(({ keys }) => [...keys]),
  };
}

/** Undefined when the fork refuses the transaction: a control run that cannot be made shows nothing. */
async function send(fork: Fork, transaction: ForkTransaction): Promise<Receipt | undefined> {
  try {
    return await fork.send(transaction);
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR") return undefined;
    throw error;
  }
}

function isSame(change: StateChange, other: StateChange | undefined): boolean {
  return other !== undefined && valueOf(change, "before") === valueOf(other, "before") && valueOf(change, "after") === valueOf(other, "after");
}
