// Another Minter in the place of the registered one: all LPT, all ether and the right to mint move, in one batch.
//
// The Minter is not behind a proxy, and its inflation has no setter: the new one is deployed with the rates of the old one.
// The old one must be emptied while it is still registered. What is left of a round mints nothing, so all active transcoders
// call reward before the protocol is stopped, by a migration of its own (`lpctl migrate new stop --from pause-protocol`). The batch
// starts it again.
import { defineMigration } from "lpctl/migration";

const NEW_MINTER = "contracts/token/PreciseMinter.sol:PreciseMinter";
/** What 100 % is in the rates of the new Minter; those of the old one are asked, or given here where it cannot be. */
const NEW_SCALE = 10n ** 9n;
const OLD_SCALE = undefined;
/** Commit of its source, 20 bytes: kept in the registry. */
const COMMIT = "0x0000000000000000000000000000000000000000";
/** keccak256("Minter") */
const MINTER_ID = "0x6e58ad548d72b425ea94c15f453bf26caddb061d82b2551db7fdd3cefe0e9940";
const RATES = ["inflation", "inflationChange", "targetBondingRate"];

export default defineMigration({
  title: "Replace the Minter",

  async prepare(chain) {
    const old = await readMinter(chain);
    if (!(await isStopped(chain))) throw new Error("the protocol runs: stop it first (lpctl migrate new stop --from pause-protocol), or a round may begin and move the rates that the new Minter starts with");

    const owner = await chain.readAddress("LivepeerToken", "function owner() view returns (address)");
    if (owner !== old) throw new Error(`the registered Minter ${old} does not own the token: ${owner} does`);
    const active = await unrewarded(chain);
    if (active.length > 0) throw new Error(`${active.join(", ")} did not call reward in this round, and could not any more`);

    const oldScale = OLD_SCALE ?? (await chain.readInteger(old, "function PERC_DIVISOR() view returns (uint256)"));
    const rates = [];
    for (const name of RATES) {
      const rate = await chain.readInteger(old, `function ${name}() view returns (uint256)`);
      if ((rate * NEW_SCALE) % oldScale !== 0n) throw new Error(`${name} ${rate} of ${oldScale} has no equal in parts of ${NEW_SCALE}`);
      rates.push((rate * NEW_SCALE) / oldScale);
    }
    const fresh = await chain.deployment(NEW_MINTER, [chain.controller, ...rates]);
    if (fresh.address === old) throw new Error("this Minter is the registered one already");
    return { old, oldScale, rates, ...(await readVault(chain, old)) };
  },

  async operations(chain, { old, rates }) {
    const fresh = await chain.deployment(NEW_MINTER, [chain.controller, ...rates]);
    return [
      {
        id: "deploy",
        title: "Deploy the new Minter with the rates of the old one",
        as: "sender",
        calls: [fresh.call],
        enacted: async (now) => (await now.code(fresh.address)) !== "0x",
      },
      {
        id: "replace",
        title: "Empty the old Minter into the new one, register it, start the protocol",
          calls: [
          await chain.call(old, "function migrateToNewMinter(address newMinter)", [fresh.address]),
          await chain.call(chain.controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [MINTER_ID, fresh.address, COMMIT]),
          await chain.call(chain.controller, "function unpause()"),
        ],
        enacted: async (now) => (await readMinter(now)) === fresh.address && !(await isStopped(now)),
      },
    ];
  },

  async verify(chain, prepared) {
    const wrong = [];
    const { address } = await chain.deployment(NEW_MINTER, [chain.controller, ...prepared.rates]);
    // What it held when it was registered: afterwards people pay in and withdraw.
    const since = await lastStart(chain);
    const [left, now, owner] = await Promise.all([readVault(chain, prepared.old), readVault(chain, address, since), chain.readAddress("LivepeerToken", "function owner() view returns (address)")]);
    if (left.minterWei !== 0n || left.etherWei !== 0n) wrong.push(`the old Minter holds ${left.minterWei} wei of LPT and ${left.etherWei} wei`);
    if (now.minterWei !== prepared.minterWei) wrong.push(`the new Minter got ${now.minterWei} wei of LPT where the old one held ${prepared.minterWei}`);
    if (now.supplyWei !== prepared.supplyWei) wrong.push(`there are ${now.supplyWei} wei of LPT where there were ${prepared.supplyWei}`);
    if ((await chain.block()).number === since && now.etherWei !== prepared.etherWei) wrong.push(`the new Minter got ${now.etherWei} wei where the old one held ${prepared.etherWei}`);
    if (owner !== address) wrong.push(`the token belongs to ${owner} where it should be ${address}`);
    for (const [index, name] of RATES.entries()) {
      const rate = await chain.readInteger(address, `function ${name}() view returns (uint256)`, [], since);
      if (rate !== prepared.rates[index]) wrong.push(`${name} is ${rate} where ${prepared.rates[index]} was given`);
    }
    return wrong;
  },
});

async function isStopped(chain) {
  const [paused] = await chain.read(chain.controller, "function paused() view returns (bool)");
  return paused;
}

/** Asked of the registry each time, for it changes on the way. */
async function readMinter(chain) {
  const [minter] = await chain.read(chain.controller, "function getContract(bytes32 id) view returns (address)", [MINTER_ID]);
  return minter;
}

/** Active transcoders of the round that could still call reward. */
async function unrewarded(chain) {
  const round = await chain.readInteger("RoundsManager", "function currentRound() view returns (uint256)");
  if ((await chain.readInteger("RoundsManager", "function lastInitializedRound() view returns (uint256)")) < round) return [];
  const found = [];
  let one = await chain.readAddress("BondingManager", "function getFirstTranscoderInPool() view returns (address)");
  while (BigInt(one) !== 0n) {
    const [[isActive], [lastRewardRound]] = await Promise.all([
      chain.read("BondingManager", "function isActiveTranscoder(address account) view returns (bool)", [one]),
      chain.read("BondingManager", "function getTranscoder(address account) view returns (uint256 lastRewardRound)", [one]),
    ]);
    if (isActive && lastRewardRound < round) found.push(one);
    one = await chain.readAddress("BondingManager", "function getNextTranscoderInPool(address account) view returns (address)", [one]);
  }
  return found;
}

async function readVault(chain, minter, atBlock) {
  const [minterWei, supplyWei, etherWei] = await Promise.all([
    chain.readInteger("LivepeerToken", "function balanceOf(address account) view returns (uint256)", [minter], atBlock),
    chain.readInteger("LivepeerToken", "function totalSupply() view returns (uint256)", [], atBlock),
    chain.balanceWei(minter),
  ]);
  return { minterWei, supplyWei, etherWei };
}

/** The block in which the protocol was last started. */
async function lastStart(chain) {
  let block;
  for await (const { blockNumber } of chain.events(chain.controller, "event Unpause()")) block = blockNumber;
  if (block === undefined) throw new Error("the protocol was never started");
  return block;
}
