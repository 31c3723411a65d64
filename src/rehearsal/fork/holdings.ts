import { selectorOf, wordOfAddress, wordOfNumber } from "../../chain/hand-codec.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { readMany } from "../../snapshot/read/read-many.ts";
import { readNumber } from "../act.ts";
import { addressIn, type Stage } from "../stage.ts";

const WORD = 32;
const NUMBER = "view returns (uint256)";
/** `nextUnbondingLockId` among what `getDelegator` gives. */
const NEXT_LOCK = 6;
const LOCK_WORDS = { amount: 0, withdrawRound: 1 };

/** Figures of a protocol by what they are called: the same names on any chain. */
export type Figures = ReadonlyMap<string, bigint>;

export interface Lock {
  account: Address;
  id: bigint;
  amountWei: bigint;
  withdrawRound: bigint;
}

/** What accounts have, and what the protocol is as a whole, as its own functions tell it. */
export interface Holdings {
  figures: Figures;
  /** Open ones. */
  locks: readonly Lock[];
}

/** Asks the protocol for everything that each account has. In one block, which nobody adds to meanwhile. */
export async function readHoldings(stage: Stage, accounts: readonly Address[]): Promise<Holdings> {
  const { rpc } = stage.project;
  const block = await rpc.block("latest");
  const [bonding, token, votes, minter] = (["BondingManager", "LivepeerToken", "BondingVotes", "Minter"] as const).map((name) => addressIn(stage, name)) as [Address, Address, Address, Address];
  const figures = new Map<string, bigint>();
  const ask = async (contract: Address, signature: string, words: number, rest: readonly bigint[] = []): Promise<bigint[][]> => {
    const data = accounts.map((account) => `${selectorOf(signature).slice(2)}${wordOfAddress(account)}${rest.map(wordOfNumber).join("")}`);
    return wordsOf(await readMany(rpc, { contract, data: Buffer.from(data.join(""), "hex"), questionBytes: 4 + WORD * (1 + rest.length), words }, { block }), words);
  };
  const tell = (what: string, answers: readonly bigint[][]): void => {
    for (const [index, words] of answers.entries()) for (const [at, word] of words.entries()) figures.set(`${what}${words.length > 1 ? `.${at}` : ""} of ${accounts[index] ?? ""}`, word);
  };
  const delegators = await ask(bonding, "getDelegator(address)", 7);
  tell("getDelegator", delegators);
  tell("pendingStake", await ask(bonding, "pendingStake(address,uint256)", 1, [0n]));
  tell("pendingFees", await ask(bonding, "pendingFees(address,uint256)", 1, [0n]));
  tell("votes", await ask(votes, "getVotes(address)", 1));
  tell("tokens", await ask(token, "balanceOf(address)", 1));

  const of = accounts.flatMap((account, index) => Array.from({ length: Number(delegators[index]?.[NEXT_LOCK] ?? 0n) }, (_, id) => ({ account, id: BigInt(id) })));
  const lockData = of.map(({ account, id }) => `${selectorOf("getDelegatorUnbondingLock(address,uint256)").slice(2)}${wordOfAddress(account)}${wordOfNumber(id)}`);
  const lockWords = wordsOf(await readMany(rpc, { contract: bonding, data: Buffer.from(lockData.join(""), "hex"), questionBytes: 4 + 2 * WORD, words: 2 }, { block }), 2);
  const locks = of.map(({ account, id }, index): Lock => ({ account, id, amountWei: lockWords[index]?.[LOCK_WORDS.amount] ?? 0n, withdrawRound: lockWords[index]?.[LOCK_WORDS.withdrawRound] ?? 0n }));
  for (const { account, id, amountWei } of locks) figures.set(`lock ${id} of ${account}`, amountWei);

  for (const [contract, name] of [
    ["RoundsManager", "currentRound"],
    ["RoundsManager", "lastInitializedRound"],
    ["LivepeerToken", "totalSupply"],
    ["BondingManager", "getTotalBonded"],
    ["BondingManager", "currentRoundTotalActiveStake"],
    ["BondingManager", "getTranscoderPoolSize"],
    ["Minter", "inflation"],
    ["Minter", "currentMintableTokens"],
    ["Minter", "currentMintedTokens"],
  ] as const) figures.set(name, await readNumber(stage, contract, `function ${name}() ${NUMBER}`));
  figures.set("tokens in the Minter", await readNumber(stage, token, `function balanceOf(address) ${NUMBER}`, [minter]));
  figures.set("ether in the Minter", await rpc.balanceWei(minter));
  const [start] = [await readNumber(stage, "RoundsManager", `function currentRoundStartBlock() ${NUMBER}`)];
  figures.set("blocks into the round", block.number - start);
  return { figures, locks: locks.filter(({ amountWei }) => amountWei > 0n) };
}

/** Figures that differ, each as `what: one, and the other`. */
export function differencesOf(one: Figures, other: Figures): string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].flatMap((name) => (one.get(name) === other.get(name) ? [] : [`${name}: ${one.get(name) ?? "nothing"}, and ${other.get(name) ?? "nothing"}`]));
}

function wordsOf({ words: bytes, answered }: { words: Uint8Array; answered: Uint8Array }, width: number): bigint[][] {
  return Array.from({ length: answered.length }, (_, index) => {
    if (answered[index] !== 1) throw new Error(`question ${index} of ${answered.length} was not answered`);
    return Array.from({ length: width }, (__, at) => BigInt(hexAt(bytes, index * width + at)));
  });
}

function hexAt(bytes: Uint8Array, index: number): Hex {
  return `0x${Buffer.from(bytes.subarray(index * WORD, (index + 1) * WORD)).toString("hex")}`;
}
