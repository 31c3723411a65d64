import { Interface } from "ethers";
import { ANYONE } from "../../authority/governor.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import type { Call } from "../../proposal/call.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { PrivilegedCall } from "./privileged-calls.ts";

/**
 * - `can`: the contract takes the call from this account
 * - `perhaps`: it does not refuse the account, and fails for another reason: nothing to cancel, say
 * - `cannot`: it refuses it as it refuses a stranger
 * - `anybody`: it takes it from a stranger, too
 */
export type Verdict = "can" | "perhaps" | "cannot" | "anybody";

export interface Cell {
  verdict: Verdict;
  /** The account that it has make the call, where it cannot itself: a Governor that it may stage updates on. */
  via: Address | null;
}

export interface MatrixRow extends PrivilegedCall {
  /** One for each actor of the matrix. */
  cells: Cell[];
}

/** Who may make which privileged call, as contracts answered when each was tried in the name of each. */
export interface Matrix {
  blockNumber: bigint;
  actors: Address[];
  rows: MatrixRow[];
}

const divided = new Interface(["function execute(address[] targets, uint256[] values, bytes[] payloads) payable"]);

/**
 * Tries each call in the name of each actor with `eth_call`: nothing is sent, and nobody's key is needed.
 * @param dividedOwners through whose `execute` each call is tried as well
 */
export async function tryCalls(rpc: Rpc, calls: readonly PrivilegedCall[], actors: readonly Address[], dividedOwners: readonly Address[]): Promise<Matrix> {
  const blockNumber = await rpc.blockNumber();
  const strangers = await Promise.all(calls.map(({ call }) => attempt(rpc, ANYONE, call)));
  const tryIn = async (actor: Address, call: Call, stranger: Attempt | undefined): Promise<Cell> => {
    if (stranger?.passes === true) return { verdict: "anybody", via: null };
    const verdict = compare(await attempt(rpc, actor, call), stranger?.answer ?? "");
    if (verdict === "can") return { verdict, via: null };
    for (const owner of dividedOwners) {
      if (owner === actor) continue;
      if ((await attempt(rpc, actor, throughDivided(owner, call))).passes) return { verdict: "can", via: owner };
    }
    return { verdict, via: null };
  };
  // All at once: they go to the node in batches.
  const rows = await Promise.all(calls.map(async (each, index): Promise<MatrixRow> => ({ ...each, cells: await Promise.all(actors.map((actor) => tryIn(actor, each.call, strangers[index]))) })));
  return { blockNumber, actors: [...actors], rows: followCommands(rows, actors) };
}

/** Whether a stranger may make all of these calls: then they prove nothing of whoever else makes them. */
export async function takesFromAnybody(rpc: Rpc, calls: readonly Call[]): Promise<boolean> {
  return (await Promise.all(calls.map((call) => attempt(rpc, ANYONE, call)))).every(({ passes }) => passes);
}

function throughDivided(owner: Address, call: Call): Call {
  return { to: owner, valueWei: call.valueWei, data: divided.encodeFunctionData("execute", [[call.to], [call.valueWei], [call.data]]) as Hex };
}

/** Whoever may stage on a Governor, schedule on a timelock or act as a Safe's module, can what that one can. */
function followCommands(rows: readonly MatrixRow[], actors: readonly Address[]): MatrixRow[] {
  const commanded = new Map<Address, Set<Address>>();
  for (const { commands, cells } of rows) {
    if (commands === undefined) continue;
    for (const [index, { verdict }] of cells.entries()) {
      const actor = actors[index];
      if (actor === undefined || verdict !== "can" || actor === commands) continue;
      commanded.set(actor, (commanded.get(actor) ?? new Set()).add(commands));
    }
  }
  return rows.map((row) => {
    const cells = [...row.cells];
    for (let moved = true; moved; ) {
      moved = false;
      for (const [index, cell] of cells.entries()) {
        const actor = actors[index];
        if (actor === undefined || cell.verdict !== "cannot") continue;
        const via = [...(commanded.get(actor) ?? [])].find((other) => cells[actors.indexOf(other)]?.verdict === "can");
        if (via === undefined) continue;
        cells[index] = { verdict: "can", via };
        moved = true;
      }
    }
    return { ...row, cells };
  });
}

interface Attempt {
  passes: boolean;
  /** What it failed with, the caller's own address left out. */
  answer: string;
}

async function attempt(rpc: Rpc, from: Address, { to, valueWei, data }: Call): Promise<Attempt> {
  try {
    await rpc.call({ from, to, data, ...(valueWei === 0n ? {} : { valueWei }) });
    return { passes: true, answer: "" };
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_CHAIN_CALL_REVERTED") throw error;
    const answer = String(error.details?.["data"] ?? "").toLowerCase();
    const address = from.slice(2).toLowerCase();
    // Errors name whom they refuse, as bytes or, in older contracts, in words.
    const inWords = Buffer.from(address, "utf8").toString("hex");
    return { passes: false, answer: answer.replaceAll(address, "caller").replaceAll(inWords, "caller") };
  }
}

function compare({ passes, answer }: Attempt, refusal: string): Verdict {
  if (passes) return "can";
  return answer === refusal ? "cannot" : "perhaps";
}
