// Delegators of a fork who wait in chunks are brought in, some in each transaction. Anyone may do that for anybody and needs no
// permission: whoever pays the gas, some 107,000 for each. Until then each of them comes in by whatever is first done with its stake,
// and cannot be asked about by another contract.
//
// Once nobody waits any more, the proxy can be given the BondingManager itself, which makes every call a little cheaper: FINISH.
import { defineMigration } from "lpctl/migration";

/** Those who are brought in; none: everybody who waits. */
const ACCOUNTS = [];
/** Register the BondingManager itself when nobody waits any more: for the owner of the fork's Controller. */
const FINISH = false;
/** Commit of the BondingManager's source, 20 bytes: kept in the registry. Only with FINISH. */
const COMMIT = "0x0000000000000000000000000000000000000000";
/** For some 10,700,000 gas. */
const PER_CALL = 100;

/** keccak256 of the name. */
const TARGET_ID = "0xfc6f6f33d2bb065ac61cbdd4dbe4b7adf6f3e7e6c6a3d1fe297cbf9a187092e4";
/** 31 bytes twice; an account comes first. */
const RECORD_DIGITS = 124;

export default defineMigration({
  title: "Bring in the delegators of a fork who wait in chunks",

  async prepare(chain) {
    const bonding = await chain.contract("BondingManager");
    const target = await chain.contract("BondingManagerTarget");
    let logic, chunks;
    try {
      logic = await chain.readAddress(target, "function implementation() view returns (address)");
      chunks = await chain.readAddress(target, "function chunks() view returns (address)");
    } catch {
      throw new Error("nobody waits: the BondingManager of this network is not loaded from chunks");
    }
    const waiting = await readWaiting(chain, chunks);
    const named = [...new Set(ACCOUNTS.map((account) => account.toLowerCase()))];
    const others = named.filter((account) => !waiting.has(account));
    if (others.length > 0) throw new Error(`these do not wait in the chunks, or not any more: ${others.join(", ")}`);
    if (waiting.size === 0 && !FINISH) throw new Error("nobody waits any more");
    if (FINISH && named.length > 0 && named.length < waiting.size) throw new Error(`FINISH is for everybody, and ${waiting.size - named.length} would still wait`);
    await chain.keepRows("accounts", named.length > 0 ? named : waiting);
    return { bonding, chunks, logic };
  },

  async *operations(chain, { bonding, chunks, logic }) {
    let [count, batch] = [0, []];
    const touch = async (accounts) => ({
      id: `touch-${String(++count).padStart(5, "0")}`,
      title: `Bring in ${accounts.length} delegators`,
      as: "sender",
      independent: true,
      calls: [await chain.call(bonding, "function touch(address[] accounts)", [accounts])],
      enacted: (now) => areIn(now, chunks, accounts),
    });
    for await (const account of chain.rows("accounts")) {
      batch.push(account);
      if (batch.length < PER_CALL) continue;
      yield await touch(batch);
      batch = [];
    }
    if (batch.length > 0) yield await touch(batch);
    if (!FINISH) return;
    yield {
      id: "finish",
      title: "Give the proxy the BondingManager itself",
      calls: [await chain.call(chain.controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [TARGET_ID, logic, COMMIT])],
      enacted: async (now) => (await now.readAddress(now.controller, "function getContract(bytes32 id) view returns (address)", [TARGET_ID])) === logic,
    };
  },

  async verify(chain, { chunks }) {
    let batch = [];
    const left = [];
    const look = async () => {
      const waits = await Promise.all(batch.map((account) => isWaiting(chain, chunks, account)));
      left.push(...batch.filter((_, index) => waits[index]));
      batch = [];
    };
    for await (const account of chain.rows("accounts")) if (batch.push(account) === PER_CALL) await look();
    await look();
    return left.map((account) => `${account} still waits`);
  },
});

/** Everybody in the chunks who was not brought in, ascending. */
async function readWaiting(chain, chunks) {
  const directory = await chain.code(await chain.readAddress(chunks, "function directory() view returns (address)"));
  // Behind a STOP, the first account of each chunk.
  const many = (directory.length - 4) / 40;
  const waiting = new Set();
  for (let index = 0; index < many; index += 1) {
    const kept = await chain.code(await chain.readAddress(chunks, "function chunks(uint256 index) view returns (address)", [index]));
    for (let at = 4; at < kept.length; at += RECORD_DIGITS) waiting.add(`0x${kept.slice(at, at + 40)}`);
  }
  for await (const { named } of chain.events(chunks, "event Taken(address indexed account)")) waiting.delete(named.account.toLowerCase());
  return waiting;
}

async function isWaiting(chain, chunks, account) {
  const [waits] = await chain.read(chunks, "function isWaiting(address account) view returns (bool)", [account]);
  return waits;
}

async function areIn(chain, chunks, accounts) {
  const waits = await Promise.all(accounts.map((account) => isWaiting(chain, chunks, account)));
  return !waits.includes(true);
}
