/** Accounts as they were before a transaction: what it can be run from again. */
import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { hash32Schema, hexSchema, quantitySchema, type Address, type Hex } from "../../protocol/hex.ts";
import type { MinedTransaction } from "./mined-transaction.ts";

export interface AccountBefore {
  balanceWei: bigint;
  nonce: number;
  /** Undefined while it has not been asked for. */
  code: Hex | undefined;
  /** Every word that is known; the others must be asked for before they are believed to be zero. */
  storage: Record<Hex, Hex>;
  /** It had no code yet and has now (a library of the new code, say): it is taken as it stands now. */
  isLater?: true;
}

export type Prestate = Map<Address, AccountBefore>;

export const prestateSchema = z.record(
  z.string(),
  z.object({
    balance: quantitySchema.nullish(),
    nonce: z.int().nonnegative().nullish(),
    code: hexSchema.nullish(),
    storage: z.record(hash32Schema, hash32Schema).nullish(),
  }),
);

/** `withCode`: the tracer was asked for code, so an account without it has none. */
export function parsePrestate(traced: z.infer<typeof prestateSchema>, withCode: boolean): Prestate {
  return new Map(
    Object.entries(traced).map(([address, { balance, nonce, code, storage }]): [Address, AccountBefore] => [
      rpcAddressSchema.parse(address),
      { balanceWei: balance ?? 0n, nonce: nonce ?? 0, code: code ?? (withCode ? "0x" : undefined), storage: { ...storage } },
    ]),
  );
}

/** Codes by address, each asked for once: code that stands somewhere stays, except in the cases that the control run finds. */
export class CodeReader {
  readonly #rpc: Rpc;
  readonly #known = new Map<Address, Promise<Hex>>();

  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  read(address: Address, height: bigint): Promise<Hex> {
    const known = this.#known.get(address) ?? this.#rpc.code(address, height);
    this.#known.set(address, known);
    return known;
  }

  /** Accounts whose code is not known yet get it. */
  async fill(prestate: Prestate, height: bigint): Promise<void> {
    await Promise.all([...prestate].map(async ([address, account]) => (account.code ??= await this.read(address, height))));
  }
}

export interface Touched {
  address: Address;
  slots: Hex[];
}

/**
 * Adds what other code touched and the mined transaction did not. Such an account or word must have been the same before
 * and after the block, or be that of the block before for its first transaction: else nobody can tell what it was in between.
 * @returns what could not be told, undefined when all is there now
 */
export async function addMissing(rpc: Rpc, prestate: Prestate, missing: readonly Touched[], { index, block }: MinedTransaction): Promise<string | undefined> {
  const before = block.height - 1n;
  const agree = async <T>(read: (at: bigint) => Promise<T>): Promise<T | undefined> => {
    if (index === 0) return read(before);
    const [first, last] = await Promise.all([read(before), read(block.height)]);
    return first === last ? first : undefined;
  };
  const problems = await Promise.all(
    missing.map(async ({ address, slots }): Promise<boolean> => {
      const account = prestate.get(address) ?? (await readAccount(rpc, address, agree));
      if (account === undefined) return true;
      prestate.set(address, account);
      const words = await Promise.all(
        slots.map(async (slot) => [slot, account.isLater === true ? await rpc.storage(address, slot) : await agree((at) => rpc.storage(address, slot, at))] as const),
      );
      for (const [slot, word] of words) if (word !== undefined) account.storage[slot] = word;
      return words.some(([, word]) => word === undefined);
    }),
  );
  return problems.some(Boolean) ? "the new code reads what the old did not, and another transaction of the same block changed it" : undefined;
}

async function readAccount(rpc: Rpc, address: Address, agree: <T>(read: (at: bigint) => Promise<T>) => Promise<T | undefined>): Promise<AccountBefore | undefined> {
  const [balanceWei, nonce, code, codeNow] = await Promise.all([
    agree((at) => rpc.balanceWei(address, at)),
    agree((at) => rpc.nonce(address, at)),
    agree((at) => rpc.code(address, at)),
    rpc.code(address),
  ]);
  if (code === "0x" && codeNow !== "0x") return { balanceWei: balanceWei ?? 0n, nonce: 1, code: codeNow, storage: {}, isLater: true };
  return balanceWei === undefined || nonce === undefined || code === undefined ? undefined : { balanceWei, nonce: Number(nonce), code, storage: {} };
}

/** As `stateOverrides` of a call; `knownCode` tells codes that stand on the local chain already. */
export function formatOverrides(prestate: Prestate, replaced: readonly { address: Address; slot: Hex; word: Hex }[], knownCode: ReadonlyMap<Address, Hex>): Record<Address, unknown> {
  const overrides: Record<Address, { balance: string; nonce: string; code?: Hex; stateDiff: Record<Hex, Hex> }> = {};
  for (const [address, account] of prestate) {
    const code = account.code ?? "0x";
    overrides[address] = {
      balance: formatTag(account.balanceWei),
      nonce: `0x${account.nonce.toString(16)}`,
      ...((knownCode.get(address) ?? "0x") === code ? {} : { code }),
      stateDiff: { ...account.storage },
    };
  }
  for (const { address, slot, word } of replaced) {
    const override = overrides[address];
    if (override !== undefined) override.stateDiff[slot] = word;
  }
  return overrides;
}

export function wordOf(prestate: Prestate, address: Address, slot: Hex): Hex | undefined {
  return prestate.get(address)?.storage[slot];
}

