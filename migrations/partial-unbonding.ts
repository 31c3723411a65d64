// Partial unbonding (LIP-8, Tributary): stake leaves in parts, each under a lock, where it left as a whole before.
//
// Whoever is unbonding while the code changes has stake without a delegate and no lock to withdraw it by. They are found by
// who ever bonded, shown to be all by what the Minter holds, and given locks of the same amount and round.
//
// The protocol is stopped before, by a migration of its own (`lpctl migrate new stop --from pause-protocol`), since whoever is counted
// must not move until the locks are given; `lpctl params` and proposals still work. The last operation starts it again.
import { defineMigration } from "lpctl/migration";

/** What the BondingManager becomes. */
const NEW_TARGET = "contracts/historic/stake2018/BondingManagerTributary2018.sol:BondingManagerTributary2018";
/** Commit of its source, 20 bytes: kept in the registry. */
const COMMIT = "0x0000000000000000000000000000000000000000";
/** keccak256("BondingManagerTarget") */
const TARGET_ID = "0xfc6f6f33d2bb065ac61cbdd4dbe4b7adf6f3e7e6c6a3d1fe297cbf9a187092e4";
/** LPT that came to the Minter in other ways than by bonding and rewards, in wei. */
const GIFTS_WEI = 0n;
const ACCOUNTS_PER_CALL = 50;
const READS_AT_ONCE = 50;

const BEFORE =
  "function getDelegator(address account) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 withdrawRound, uint256 lastClaimRound)";
const AFTER =
  "function getDelegator(address account) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";
const LOCK = "function getDelegatorUnbondingLock(address account, uint256 id) view returns (uint256 amount, uint256 withdrawRound)";
const NOBODY = "0x0000000000000000000000000000000000000000";

export default defineMigration({
  title: "Give everyone who is unbonding a lock, and let stake leave in parts",

  async prepare(chain) {
    const target = await chain.deployment(NEW_TARGET, [chain.controller]);
    if ((await readTarget(chain)) === target.address) throw new Error("the BondingManager has this code already");
    await requireStopped(chain);

    const accounts = new Set();
    for await (const { named } of chain.events("BondingManager", "event Bond(address indexed delegate, address indexed delegator)")) accounts.add(named.delegator);
    let [delegators, unbonding, unbondingWei] = [0n, 0n, 0n];
    const all = async function* () {
      for await (const [account, found] of readEach([...accounts], (one) => chain.read("BondingManager", BEFORE, [one]))) {
        const [bondedWei, feesWei, delegate, delegatedWei, startRound, withdrawRound, lastClaimRound] = found;
        delegators += 1n;
        const isUnbonding = withdrawRound > 0n && bondedWei > 0n && delegate === NOBODY;
        if (isUnbonding) [unbonding, unbondingWei] = [unbonding + 1n, unbondingWei + bondedWei];
        yield { account, bondedWei, feesWei, delegate, delegatedWei, startRound, withdrawRound, lastClaimRound, isUnbonding };
      }
    };
    await chain.keepRows("delegators", all());

    // What is bonded is counted by the contract, what is unbonding was counted here: together they are what the Minter holds.
    const values = await readValues(chain);
    const unexplainedWei = values.minterWei - values.totalBondedWei - unbondingWei - GIFTS_WEI;
    if (unexplainedWei !== 0n) {
      throw new Error(`the Minter holds ${unexplainedWei} wei of LPT more than what is bonded and the ${unbonding} accounts that are unbonding have: somebody is missing, or it was given (GIFTS_WEI)`);
    }
    return { ...values, delegators, unbonding, unbondingWei };
  },

  async *operations(chain) {
    const target = await chain.deployment(NEW_TARGET, [chain.controller]);
    yield {
      id: "deploy",
      title: "Deploy the BondingManager with locks",
      as: "sender",
      calls: [target.call],
      enacted: async (now) => (await now.code(target.address)) !== "0x",
    };
    yield {
      id: "upgrade",
      title: "Let the BondingManager be the one with locks",
      calls: [await chain.call(chain.controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [TARGET_ID, target.address, COMMIT])],
      enacted: async (now) => (await readTarget(now)) === target.address,
    };
    let count = 0;
    for await (const accounts of inBatches(unbondingRows(chain))) {
      count += 1;
      yield {
        id: `locks-${String(count).padStart(5, "0")}`,
        title: `Give ${accounts.length} accounts their locks`,
        as: "sender",
        independent: true,
        calls: [await chain.call("BondingManager", "function giveUnbondingLocks(address[] accounts)", [accounts])],
        // The number of the next lock never goes back, whatever becomes of the first.
        enacted: async (now) => {
          if ((await readTarget(now)) !== target.address) return false;
          for await (const [, found] of readEach(accounts, (one) => now.read("BondingManager", AFTER, [one]))) if (found[6] === 0n) return false;
          return true;
        },
      };
    }
    yield {
      id: "start",
      title: "Start the protocol again",
      calls: [await chain.call(chain.controller, "function unpause()")],
      enacted: async (now) => !(await isStopped(now)) && (await readTarget(now)) === target.address,
    };
  },

  async verify(chain, prepared) {
    const wrong = [];
    // As it stood when the protocol was started again: nobody could act before, so all must be as it was, but for the locks.
    const then = (await lastStart(chain)) - 1n;
    let lockedWei = 0n;
    for await (const row of chain.rows("delegators")) {
      const [[bondedWei, feesWei, delegate, delegatedWei, startRound, lastClaimRound], [lockWei, lockRound]] = await Promise.all([
        chain.read("BondingManager", AFTER, [row.account], then),
        chain.read("BondingManager", LOCK, [row.account, 0n], then),
      ]);
      lockedWei += lockWei;
      const expected = row.isUnbonding ? { bondedWei: 0n, lockWei: row.bondedWei, lockRound: row.withdrawRound } : { bondedWei: row.bondedWei, lockWei: 0n, lockRound: 0n };
      if (bondedWei !== expected.bondedWei) wrong.push(`${row.account} has ${String(bondedWei)} wei bonded where ${expected.bondedWei} are due`);
      if (lockWei !== expected.lockWei) wrong.push(`${row.account} has a lock of ${String(lockWei)} wei where ${expected.lockWei} are due`);
      if (lockRound !== expected.lockRound) wrong.push(`${row.account} can withdraw from round ${String(lockRound)} on where ${expected.lockRound} is due`);
      const same = feesWei === row.feesWei && delegate === row.delegate && delegatedWei === row.delegatedWei && startRound === row.startRound && lastClaimRound === row.lastClaimRound;
      if (!same) wrong.push(`${row.account} has other fees, or another delegation, than before`);
    }
    if (lockedWei !== prepared.unbondingWei) wrong.push(`all locks have ${lockedWei} wei where ${prepared.unbondingWei} were unbonding`);
    const { minterWei, totalBondedWei } = await readValues(chain, then);
    if (minterWei !== prepared.minterWei) wrong.push(`the Minter holds ${minterWei} wei of LPT where it held ${prepared.minterWei}`);
    if (totalBondedWei !== prepared.totalBondedWei) wrong.push(`${totalBondedWei} wei are bonded where it was ${prepared.totalBondedWei}`);
    return wrong;
  },
});

async function readTarget(chain) {
  const [target] = await chain.read(chain.controller, "function getContract(bytes32 id) view returns (address)", [TARGET_ID]);
  return target;
}

async function isStopped(chain) {
  const [paused] = await chain.read(chain.controller, "function paused() view returns (bool)");
  return paused;
}

async function requireStopped(chain) {
  if (!(await isStopped(chain))) throw new Error("the protocol runs: stop it first (lpctl migrate new stop --from pause-protocol), so that nobody begins to unbond between the count and the locks");
}

/** The block in which the protocol was last started. */
async function lastStart(chain) {
  let block;
  for await (const { blockNumber } of chain.events(chain.controller, "event Unpause()")) block = blockNumber;
  if (block === undefined) throw new Error("the protocol was never started");
  return block;
}

async function readValues(chain, atBlock) {
  const minter = await chain.contract("Minter");
  const [minterWei, totalBondedWei] = await Promise.all([
    chain.readInteger("LivepeerToken", "function balanceOf(address account) view returns (uint256)", [minter], atBlock),
    chain.readInteger("BondingManager", "function getTotalBonded() view returns (uint256)", [], atBlock),
  ]);
  return { minterWei, totalBondedWei };
}

async function* unbondingRows(chain) {
  for await (const row of chain.rows("delegators")) if (row.isUnbonding) yield row.account;
}

async function* inBatches(items) {
  let batch = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < ACCOUNTS_PER_CALL) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Each item with what was read of it, some reads at once. */
async function* readEach(items, read) {
  for (let first = 0; first < items.length; first += READS_AT_ONCE) {
    const some = items.slice(first, first + READS_AT_ONCE);
    const found = await Promise.all(some.map(read));
    for (const [index, item] of some.entries()) yield [item, found[index]];
  }
}
