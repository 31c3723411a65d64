import { id } from "ethers/hash";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { callMany } from "../../chain/bulk-calls.ts";
import { addressAt, addressOfWord, countWords, numberAt, selectorOf, wordOfAddress } from "../../chain/hand-codec.ts";
import type { PinnedReader } from "./pinned-reader.ts";
import { scanLogs } from "./scan-logs.ts";
import type { TallyCache } from "./tally-cache.ts";
import { unreadable } from "./tally-errors.ts";

/** Everything that ever made somebody a delegate; in all of them the first topic says who. */
const DELEGATE_TOPICS: readonly Hex[] = [
  "Bond(address,address,address,uint256,uint256)",
  "Bond(address,address)",
  "Rebond(address,address,uint256,uint256)",
].map((event) => id(event) as Hex);

const GET_DELEGATOR = selectorOf("getDelegator(address)");
const FIRST = selectorOf("getFirstTranscoderInPool()");
const NEXT = selectorOf("getNextTranscoderInPool(address)");
/** More than any pool was ever allowed. */
const MOST_IN_POOL = 2_000;

/**
 * All staked LPT after the reader's block: the sum of `delegatedAmount` over everybody who was ever delegated to. Every
 * bonded LPT, with its rewards, is in exactly one of them, whether or not the delegate is a transcoder or active; what is
 * unbonding is in none. The Minter's balance, which is sometimes taken for it, has the unbonding stake in it as well.
 *
 * Delegates come from the logs. That none is missing is not proven by that, so it is tried: the whole pool and `known`
 * must be among them.
 * @param fromBlock nobody was bonded before it
 * @param known delegates known from elsewhere
 * @throws LPCTL_TALLY_STAKE_INCOMPLETE
 */
export async function readTotalStaked(
  reader: PinnedReader,
  bondingManager: Address,
  { fromBlock, known, cache, progress }: { fromBlock: bigint; known: Iterable<Address>; cache: TallyCache; progress: (what: string) => void },
): Promise<bigint> {
  const found = await scanLogs(reader.rpc, cache, {
    name: `delegates ${bondingManager}`,
    filter: { address: bondingManager, topics: [[...DELEGATE_TOPICS]] },
    fromBlock,
    toBlock: reader.block.number,
    schema: addressSchema,
    pick: onlyNew(),
    onProgress: (done, last) => {
      progress(`Delegates up to block ${done} of ${last}`);
    },
  });
  const delegates = new Set(found);
  for (const account of [...(await readPool(reader, bondingManager)), ...known]) {
    if (account === ZERO_ADDRESS || delegates.has(account)) continue;
    throw new LpctlError({
      code: "LPCTL_TALLY_STAKE_INCOMPLETE",
      exit: Exit.network,
      message: `${account} has stake delegated to it, and no log of ${bondingManager} says so`,
      why: "All staked LPT are summed over the delegates that the logs name; the RPC keeps some of them from us.",
      next: "Use an RPC that keeps all logs (an archive node): lpctl config explain",
      details: { account, bondingManager },
    });
  }
  const wanted = [...delegates];
  const answers = await callMany(reader, wanted.map((account) => ({ to: bondingManager, data: `${GET_DELEGATOR}${wordOfAddress(account)}` as Hex })), (done, all) => {
    progress(`Stake of delegates: ${done} of ${all}`);
  });
  return answers.reduce<bigint>((sum, answer, index) => {
    if (answer === undefined || countWords(answer) < 7) throw unreadable(bondingManager, `what is delegated to ${wanted[index] ?? ""}`, "getDelegator does not answer.");
    return sum + numberAt(answer, 3);
  }, 0n);
}

/** A hundred thousand bonds name a few hundred delegates; each is kept once. */
function onlyNew(): (log: { topics: Hex[] }) => Address | undefined {
  const seen = new Set<string>();
  return ({ topics }) => {
    const word = topics[1];
    if (word === undefined || seen.has(word)) return undefined;
    seen.add(word);
    return addressOfWord(word);
  };
}

async function readPool(reader: PinnedReader, bondingManager: Address): Promise<Address[]> {
  const pool: Address[] = [];
  let answer = await reader.call(bondingManager, FIRST);
  while (countWords(answer) === 1 && pool.length < MOST_IN_POOL) {
    const account = addressAt(answer, 0);
    if (account === ZERO_ADDRESS) break;
    pool.push(account);
    answer = await reader.call(bondingManager, `${NEXT}${wordOfAddress(account)}`);
  }
  return pool;
}
