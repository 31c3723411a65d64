import { readFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { Artifact } from "../solidity/artifact.ts";
import type { PreparedGenesis } from "./prepare-genesis.ts";

/** What a row is about, in the order in which they are shown. */
export const VERIFY_GROUPS = ["registry", "code", "ownership", "parameters", "supply", "genesis", "grants", "distribution", "state"] as const;
export type VerifyGroup = (typeof VERIFY_GROUPS)[number];

/** One comparison. */
export interface VerifyRow {
  group: VerifyGroup;
  /** `BondingManager.unbondingPeriod` */
  what: string;
  expected: string;
  /** Null when it could not be read; then it does not hold. */
  found: string | null;
  holds: boolean;
  /** Why it could not be read. */
  why?: string;
}

/** A comparison that is to be made. All of them are read together, so that they travel in few batches. */
export interface Question {
  group: VerifyGroup;
  what: string;
  expected: string;
  read: () => Promise<string>;
  /** Equal texts, unless the question says otherwise. */
  holds?: (found: string) => boolean;
}

/** What the questions are made from. */
export interface VerifyContext {
  rpc: Rpc;
  /** Every answer is of the state after this block. */
  at: bigint;
  /** Events are read from here on: nothing of the genesis is older. */
  since: bigint;
  prepared: PreparedGenesis;
}

/** Failures that say nothing about the chain: no verdict can rest on them. */
const UNREACHABLE = new Set<string>(["LPCTL_RPC_UNREACHABLE", "LPCTL_RPC_TIMEOUT"]);

/**
 * Answers all questions. One that cannot be answered does not hold: a contract that is missing must not pass for one
 * that was not asked.
 * @throws LPCTL_RPC_UNREACHABLE, LPCTL_RPC_TIMEOUT
 */
export async function answerQuestions(questions: readonly Question[]): Promise<VerifyRow[]> {
  return Promise.all(
    questions.map(async ({ group, what, expected, read, holds }): Promise<VerifyRow> => {
      const row = { group, what: printable(what), expected: printable(expected) };
      try {
        const found = await read();
        return { ...row, found: printable(found), holds: holds === undefined ? found === expected : holds(found) };
      } catch (error) {
        if (error instanceof LpctlError && UNREACHABLE.has(error.code)) throw error;
        return { ...row, found: null, holds: false, why: printable(error instanceof Error ? error.message : String(error)) };
      }
    }),
  );
}

export type Value = bigint | boolean | string;

/** Asks a contract for values of one group, one question each: `of("Minter", minter, "function inflation() view returns (uint256)", 137n)`. */
export type Asker = (contract: string, address: Address, signature: string, expected: Value, args?: readonly unknown[]) => Question;

export function askerOf({ rpc, at }: VerifyContext, group: VerifyGroup): Asker {
  return (contract, address, signature, expected, args = []) => ({
    group,
    what: `${contract}.${describeCall(signature, args)}`,
    expected: String(expected),
    read: async () => String((await readFunction(rpc, address, signature, args, at))[0]),
  });
}

const NAME = /^function (\w+)/;

function describeCall(signature: string, args: readonly unknown[]): string {
  const name = NAME.exec(signature)?.[1] ?? signature;
  return args.length === 0 ? name : `${name}(${args.map(String).join(", ")})`;
}

/** Whether a compiled contract has a function: `controller()`. */
export function hasFunction(artifact: Artifact, signature: string): boolean {
  return artifact.methodIdentifiers[signature] !== undefined;
}

/** An address of the registry, which the plan has when it could be made at all. */
export function contractOf({ prepared }: VerifyContext, name: string): Address {
  const address = prepared.suite.contracts[name];
  if (address === undefined) throw new Error(`the plan has no ${name}`);
  return address;
}

/** A 32-byte id or hash, as contracts return it. */
export function word(hex: Hex): string {
  return hex.toLowerCase();
}
