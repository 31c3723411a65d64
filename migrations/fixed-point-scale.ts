// A finer scale for cumulative factors (LIP-71): 27 digits in the place of 6.
//
// The reward factor and the fee factor are read together, so both change in one step per transcoder, in all its rounds. What
// anybody can claim is predicted with the old factors times 10^21, and must come out to the wei.
//
// The protocol is stopped before, by a migration of its own (`lpctl migrate new stop --from pause-protocol`), since what is predicted must
// not change until it is there. The last operation starts it again.
import { defineMigration } from "lpctl/migration";

/** What the BondingManager becomes. */
const NEW_TARGET = "contracts/bonding/BondingManagerRescaled.sol:BondingManagerRescaled";
/** Commit of its source, 20 bytes: kept in the registry. */
const COMMIT = "0x0000000000000000000000000000000000000000";
/** keccak256("BondingManagerTarget") */
const TARGET_ID = "0xfc6f6f33d2bb065ac61cbdd4dbe4b7adf6f3e7e6c6a3d1fe297cbf9a187092e4";
const COARSE_ONE = 10n ** 6n;
const FINE_ONE = 10n ** 27n;
const STEP = FINE_ONE / COARSE_ONE;
/** A call goes through all rounds of each of its transcoders, about 4,200 gas each. */
const TRANSCODERS_PER_CALL = 1;
const READS_AT_ONCE = 50;

const DELEGATOR =
  "function getDelegator(address account) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";
const POOL =
  "function getTranscoderEarningsPoolForRound(address account, uint256 round) view returns (uint256 totalStake, uint256 rewardCut, uint256 feeShare, uint256 rewardFactor, uint256 feeFactor)";
const BOND = "event Bond(address indexed newDelegate, address indexed oldDelegate, address indexed delegator, uint256 additionalAmount, uint256 bondedAmount)";
const NOBODY = "0x0000000000000000000000000000000000000000";

export default defineMigration({
  title: "Bring reward and fee factors to 27 digits",

  async prepare(chain) {
    const target = await chain.deployment(NEW_TARGET, [chain.controller]);
    if ((await readTarget(chain)) === target.address) throw new Error("the BondingManager has this code already");
    if (!(await isStopped(chain))) throw new Error("the protocol runs: stop it first (lpctl migrate new stop --from pause-protocol), so that nothing is earned between what is predicted and what comes out");

    const [delegators, delegates] = [new Set(), new Set()];
    for await (const { named } of chain.events("BondingManager", BOND)) {
      delegators.add(named.delegator);
      delegates.add(named.newDelegate);
    }
    const round = await chain.readInteger("RoundsManager", "function currentRound() view returns (uint256)");
    const coarse = [];
    for await (const [transcoder, pool] of readEach([...delegates], (one) => chain.read("BondingManager", POOL, [one, 0n]))) {
      if (pool[3] === FINE_ONE) throw new Error(`the factors of ${transcoder} have 27 digits already`);
      if (pool[3] === COARSE_ONE) coarse.push(transcoder);
    }
    if (coarse.length === 0) throw new Error("nobody has factors of 6 digits");
    const transcoders = await chain.keepRows("transcoders", coarse);
    const accounts = await chain.keepRows("accounts", (async function* () {
      for await (const [account, earned] of readEach([...delegators], (one) => readEarned(chain, one, round))) yield { account, ...earned };
    })());
    return { transcoders, accounts, minterWei: await readMinterWei(chain), minterEtherWei: await chain.balanceWei(await chain.contract("Minter")) };
  },

  async *operations(chain) {
    const target = await chain.deployment(NEW_TARGET, [chain.controller]);
    yield {
      id: "deploy",
      title: "Deploy the BondingManager that can change the scale",
      as: "sender",
      calls: [target.call],
      enacted: async (now) => (await now.code(target.address)) !== "0x",
    };
    yield {
      id: "upgrade",
      title: "Let the BondingManager be the one that can change the scale",
      calls: [await chain.call(chain.controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [TARGET_ID, target.address, COMMIT])],
      enacted: async (now) => (await readTarget(now)) === target.address,
    };
    let count = 0;
    for await (const transcoders of inBatches(chain.rows("transcoders"))) {
      count += 1;
      yield {
        id: `rescale-${String(count).padStart(5, "0")}`,
        title: `Both factors of ${transcoders.join(", ")}, in all rounds`,
        as: "sender",
        independent: true,
        calls: [await chain.call("BondingManager", "function rescaleFactors(address[] accounts)", [transcoders])],
        enacted: async (now) => {
          if ((await readTarget(now)) !== target.address) return false;
          for await (const [, [isCoarse]] of readEach(transcoders, (one) => now.read("BondingManager", "function hasCoarseFactors(address account) view returns (bool)", [one]))) if (isCoarse) return false;
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
    // As it stood when the protocol was started again: nothing was earned since the prediction.
    const then = (await lastStart(chain)) - 1n;
    for await (const transcoder of chain.rows("transcoders")) {
      const [, , , first] = await chain.read("BondingManager", POOL, [transcoder, 0n], then);
      if (first !== FINE_ONE) wrong.push(`the first factor of ${String(transcoder)} is ${String(first)}`);
    }
    let [stakeWei, feesWei] = [0n, 0n];
    for await (const row of chain.rows("accounts")) {
      const [stake, fees] = await readPending(chain, row.account, then);
      [stakeWei, feesWei] = [stakeWei + stake, feesWei + fees];
      if (stake !== row.expectedStakeWei) wrong.push(`${row.account} has ${stake} wei of stake where ${row.expectedStakeWei} were predicted`);
      if (fees !== row.expectedFeesWei) wrong.push(`${row.account} has ${fees} wei of fees where ${row.expectedFeesWei} were predicted`);
      if (stake < row.stakeWei || fees < row.feesWei) wrong.push(`${row.account} has less than the ${row.stakeWei} wei of stake and ${row.feesWei} wei of fees that it had`);
    }
    const minterWei = await readMinterWei(chain, then);
    if (minterWei !== prepared.minterWei) wrong.push(`the Minter holds ${minterWei} wei of LPT where it held ${prepared.minterWei}`);
    if (stakeWei > minterWei) wrong.push(`accounts can claim ${stakeWei} wei of LPT where the Minter holds ${minterWei}`);
    if (feesWei > prepared.minterEtherWei) wrong.push(`accounts can claim ${feesWei} wei of fees where the Minter holds ${prepared.minterEtherWei}`);
    return wrong;
  },
});

/** What an account can claim, and what it will be able to claim with factors of 27 digits. */
async function readEarned(chain, account, round) {
  const [[stakeWei, feesWei], [bonded, claimedFees, delegate, , , lastClaimRound]] = await Promise.all([readPending(chain, account), chain.read("BondingManager", DELEGATOR, [account])]);
  if (delegate === NOBODY || lastClaimRound >= round) return { stakeWei, feesWei, expectedStakeWei: stakeWei, expectedFeesWei: feesWei };
  const [start, end, own] = await Promise.all([
    readFactors(chain, delegate, lastClaimRound),
    readFactors(chain, delegate, round),
    delegate === account ? chain.read("BondingManager", TRANSCODER, [delegate]) : [],
  ]);
  return {
    stakeWei,
    feesWei,
    expectedStakeWei: fractionOf(bonded, end.reward * STEP, start.reward * STEP) + (own[7] ?? 0n),
    expectedFeesWei: claimedFees + fractionOf(bonded, (end.fee - start.fee) * STEP, start.reward * STEP) + (own[8] ?? 0n),
  };
}

const TRANSCODER =
  "function getTranscoder(address account) view returns (uint256 lastRewardRound, uint256 rewardCut, uint256 feeShare, uint256 lastActiveStakeUpdateRound, uint256 activationRound, uint256 deactivationRound, uint256 activeCumulativeRewards, uint256 cumulativeRewards, uint256 cumulativeFees, uint256 lastFeeRound)";

/** Factors at the end of a round: its own, or those of the last one that had any, unless that came later. */
async function readFactors(chain, transcoder, round) {
  const terms = await chain.read("BondingManager", TRANSCODER, [transcoder]);
  const at = async (one) => chain.read("BondingManager", POOL, [transcoder, one]);
  const [, , , ownReward, ownFee] = await at(round);
  const reward = ownReward === 0n && terms[0] < round ? (await at(terms[0]))[3] : ownReward;
  const fee = ownFee === 0n && terms[9] < round ? (await at(terms[9]))[4] : ownFee;
  if (reward === 0n) throw new Error(`${transcoder} has no reward factor in round ${round}`);
  return { reward, fee };
}

/** As the contracts round: down, twice. */
function fractionOf(amount, numerator, denominator) {
  return (amount * ((numerator * FINE_ONE) / denominator)) / FINE_ONE;
}

function readPending(chain, account, atBlock) {
  return Promise.all([
    chain.readInteger("BondingManager", "function pendingStake(address account, uint256 endRound) view returns (uint256)", [account, 0n], atBlock),
    chain.readInteger("BondingManager", "function pendingFees(address account, uint256 endRound) view returns (uint256)", [account, 0n], atBlock),
  ]);
}

async function readMinterWei(chain, atBlock) {
  return chain.readInteger("LivepeerToken", "function balanceOf(address account) view returns (uint256)", [await chain.contract("Minter")], atBlock);
}

/** The block in which the protocol was last started. */
async function lastStart(chain) {
  let block;
  for await (const { blockNumber } of chain.events(chain.controller, "event Unpause()")) block = blockNumber;
  if (block === undefined) throw new Error("the protocol was never started");
  return block;
}

async function readTarget(chain) {
  const [target] = await chain.read(chain.controller, "function getContract(bytes32 id) view returns (address)", [TARGET_ID]);
  return target;
}

async function isStopped(chain) {
  const [paused] = await chain.read(chain.controller, "function paused() view returns (bool)");
  return paused;
}

async function* inBatches(items) {
  let batch = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < TRANSCODERS_PER_CALL) continue;
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
