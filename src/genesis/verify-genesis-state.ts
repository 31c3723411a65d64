import { keccak256 } from "ethers";
import { formatTag } from "../chain/rpc.ts";
import { HASH_OF_NO_CODE, type Hex } from "../protocol/hex.ts";
import { slotWordsOf, storageProofSchema, storageRootOf } from "../snapshot/trie/storage-root.ts";
import type { PredictedAccount, PredictedWord, Prediction } from "./prediction.ts";
import type { Question, VerifyContext } from "./verify-genesis-questions.ts";

/**
 * The whole state that was predicted: code, nonce, ether and every word, and for accounts that the genesis created the
 * root of their storage, which leaves no room for a word that nobody predicted.
 */
export function askAboutState(context: VerifyContext, prediction: Prediction): Question[] {
  const { planHash, plan } = context.prepared;
  const samePlan: Question = {
    group: "state",
    what: "plan that was simulated",
    expected: planHash,
    read: () => Promise.resolve(prediction.planHash),
  };
  // Of other transactions it says nothing.
  if (prediction.planHash !== planHash) return [samePlan];
  const sent = plan.firstNonce + BigInt(plan.transactions.length);
  return [
    samePlan,
    {
      group: "state",
      what: "chain that was simulated",
      expected: String(prediction.chainId),
      read: async () => String(await context.rpc.chainId()),
    },
    {
      group: "state",
      what: `transactions of the deployer ${plan.from}`,
      expected: `${sent} or more`,
      read: async () => String(await context.rpc.nonce(plan.from, context.at)),
      holds: (found) => BigInt(found) >= sent,
    },
    ...prediction.accounts.flatMap((account) => askAccount(context, account, prediction)),
  ];
}

function askAccount({ rpc, at }: VerifyContext, account: PredictedAccount, prediction: Prediction): Question[] {
  const { address, codeHash, nonce, balanceWei, storage, created } = account;
  const name = account.name === undefined ? address : `${account.name} ${address}`;
  const questions: Question[] = [];
  const add = (what: string, expected: string, read: () => Promise<string>): void => void questions.push({ group: "state", what: `${name}: ${what}`, expected, read });
  if (codeHash !== undefined) add("code hash", codeHash, async () => hashCode(await rpc.code(address, at)));
  if (nonce !== undefined) add("nonce", String(nonce), async () => String(await rpc.nonce(address, at)));
  if (balanceWei !== undefined) add("balance in wei", String(balanceWei), async () => String(await rpc.balanceWei(address, at)));
  const words = storage.map((predicted) => ({ ...predicted, found: once(() => rpc.storage(address, predicted.slot, at)) }));
  for (const predicted of words) questions.push(askWord(name, predicted, { from: prediction.block, to: at }));
  if (created) questions.push(askRoot({ rpc, at }, name, account, words));
  return questions;
}

function hashCode(code: Hex): string {
  return code === "0x" ? HASH_OF_NO_CODE : keccak256(code);
}

/** A word and its place in the root are one read. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= read());
}

type WordToRead = PredictedWord & { found: () => Promise<Hex> };

/** What depends on the block cannot be known before; a block number must be one of the blocks since. */
function askWord(name: string, { slot, value, name: variable, dependsOn, found }: WordToRead, blocks: { from: Prediction["block"]; to: bigint }): Question {
  const question = { group: "state" as const, what: `${name}: ${variable ?? `slot ${slot}`}`, read: found };
  if (dependsOn === undefined) return { ...question, expected: value };
  const since = (text: string): boolean =>
    dependsOn === "block" ||
    (dependsOn === "block-number" ? BigInt(text) > blocks.from.number && BigInt(text) <= blocks.to : BigInt(text) >= blocks.from.timestampSeconds);
  const words = { "block-number": "the number of a block since the prediction", "block-time": "the time of a block since the prediction", block: "something that depends on the block" };
  return { ...question, expected: words[dependsOn], holds: since };
}

function askRoot({ rpc, at }: Pick<VerifyContext, "rpc" | "at">, name: string, { address, storage }: PredictedAccount, words: readonly WordToRead[]): Question {
  const fixed = new Map(storage.filter(({ dependsOn }) => dependsOn === undefined).map(({ slot, value }) => [slot, value]));
  const read = async (): Promise<string> => {
    const [{ storageHash }, found] = await Promise.all([
      rpc.request("eth_getProof", [address, [], formatTag(at)], storageProofSchema),
      Promise.all(words.map(async (predicted): Promise<[Hex, Hex]> => [predicted.slot, fixed.get(predicted.slot) ?? (await predicted.found())])),
    ]);
    const slotWords = slotWordsOf(found);
    const expected = [await storageRootOf(slotWords), await storageRootOf(slotWords, "keep")];
    return expected.includes(storageHash) ? NOTHING_ELSE : `other words than these (root ${storageHash}, of these ${expected[0]})`;
  };
  return { group: "state", what: `${name}: all of its storage`, expected: NOTHING_ELSE, read };
}

const NOTHING_ELSE = "these words and no others";
