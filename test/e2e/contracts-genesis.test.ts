import { getCreateAddress, ZeroAddress } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Receipt } from "../../src/chain/rpc.ts";
import { buildMerkleTree, type MerkleTree } from "../../src/genesis/merkle-tree.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { type Account, ContractsChain, type Deployed, LPT } from "./contracts-chain.ts";

const DAY_SECONDS = 86_400n;
const THREE_YEARS_SECONDS = 94_608_000n;
const EIGHTEEN_MONTHS_SECONDS = 47_304_000n;

const SUPPLY_WEI = 10_000_000n * LPT;
const CROWD_WEI = 6_343_700n * LPT;
const COMPANY_WEI = 500_000n * LPT;
const TEAM_WEI = 1_235_000n * LPT;
const INVESTORS_WEI = 1_900_000n * LPT;
const COMMUNITY_WEI = 21_300n * LPT;
const PARTS_WEI = [CROWD_WEI, COMPANY_WEI, TEAM_WEI, INVESTORS_WEI, COMMUNITY_WEI];
const RECIPIENTS = 2_598_071n;
const PER_ALLOCATION_WEI = 2_441_696_166_117_092_258n;

let chain: ContractsChain;
let tree: MerkleTree;
const owner = (): Account => chain.account(0);
const bank = (): Account => chain.account(1);
const stranger = (): Account => chain.account(2);

beforeAll(async () => {
  chain = await ContractsChain.start();
  const members = [3, 4, 5, 6, 7].map((index) => chain.account(index).address.slice(2));
  tree = await buildMerkleTree(Buffer.from(members.join(""), "hex"));
});
afterAll(() => chain.stop());

/** The time of the next block. Each test goes on from where the one before left the clock. */
async function setNextTime(seconds: bigint): Promise<void> {
  await chain.rpc.request("evm_setNextBlockTimestamp", [`0x${seconds.toString(16)}`], z.unknown());
}

async function now(): Promise<bigint> {
  const { timestamp } = await chain.rpc.request("eth_getBlockByNumber", ["latest", false], z.looseObject({ timestamp: z.string() }));
  return BigInt(timestamp);
}

/** A time far enough away that whatever a test sends first still comes before it. */
async function soon(): Promise<bigint> {
  return (await now()) + DAY_SECONDS;
}

const balanceOf = (token: Deployed, of: { address: string } | Address): Promise<bigint> =>
  chain.readNumber(token, "balanceOf", [typeof of === "string" ? of : of.address]);

async function mineFor(token: Deployed, first = 500_000n, period = 2_500_000n): Promise<Deployed> {
  const start = (await chain.rpc.blockNumber()) + first;
  const terms = [tree.root, CROWD_WEI, RECIPIENTS, LPT / 10n, 1n, start, start + period];
  return chain.deploy(owner(), "MerkleMine", [token.address, ...terms]);
}

class Genesis {
  token!: Deployed;
  manager!: Deployed;
  startTime!: bigint;

  /** The manager owns the token, and nothing is allocated. */
  static async prepare(options: { distribution?: Address; minter?: Address; startTime?: bigint; token?: Deployed } = {}): Promise<Genesis> {
    const genesis = new Genesis();
    genesis.token = options.token ?? (await chain.deploy(owner(), "LivepeerToken"));
    genesis.startTime = options.startTime ?? (await soon());
    genesis.manager = await chain.deploy(owner(), "GenesisManager", [
      genesis.token.address,
      options.distribution ?? stranger().address,
      bank().address,
      options.minter ?? owner().address,
      genesis.startTime,
    ]);
    await chain.send(owner(), genesis.token, "transferOwnership", [genesis.manager.address]);
    return genesis;
  }

  send(name: string, args: unknown[] = [], from = owner()): Promise<Receipt> {
    return chain.send(from, this.manager, name, args);
  }

  async holder(of: "vestingHolders" | "timeLockedHolders", receiver: Address): Promise<Deployed> {
    const address = String(await chain.read(this.manager, of, [receiver])) as Address;
    return chain.at(address, of === "vestingHolders" ? "TokenVesting" : "TokenTimelock");
  }
}

/** `count` receivers who share `sumWei`; the last one gets what division leaves. */
function grants(tag: string, count: number, sumWei: bigint): { receiver: Address; amountWei: bigint }[] {
  const each = sumWei / LPT / BigInt(count) * LPT;
  return Array.from({ length: count }, (_, index) => ({
    receiver: getCreateAddress({ from: `0x${tag.repeat(20)}`, nonce: index }) as Address,
    amountWei: index === count - 1 ? sumWei - each * BigInt(count - 1) : each,
  }));
}

describe("the genesis of 2018, with 8 + 23 + 16 grants", () => {
  let genesis: Genesis;
  let mine: Deployed;
  let minter: Deployed;
  const team = grants("1a", 8, TEAM_WEI);
  const investors = grants("2b", 23, INVESTORS_WEI);
  const community = grants("3c", 16, COMMUNITY_WEI);

  beforeAll(async () => {
    const controller = await chain.deploy(owner(), "Controller");
    const token = await chain.deploy(owner(), "LivepeerToken");
    minter = await chain.deploy(owner(), "Minter", [controller.address, 137n, 3n, 500_000n]);
    mine = await mineFor(token);
    genesis = await Genesis.prepare({ token, distribution: mine.address, minter: minter.address });
    await genesis.send("setAllocations", [SUPPLY_WEI, ...PARTS_WEI]);
    await genesis.send("start");
    for (const { receiver, amountWei } of team) await genesis.send("addTeamGrant", [receiver, amountWei, 0n, THREE_YEARS_SECONDS]);
    for (const { receiver, amountWei } of investors) await genesis.send("addInvestorGrant", [receiver, amountWei, 0n, EIGHTEEN_MONTHS_SECONDS]);
    for (const { receiver, amountWei } of community) await genesis.send("addCommunityGrant", [receiver, amountWei]);
    await genesis.send("end");
  });

  test("mints 10,000,000 LPT and leaves none of it with the manager", async () => {
    const { token, manager } = genesis;
    expect(await chain.readNumber(token, "totalSupply")).toBe(SUPPLY_WEI);
    expect(await balanceOf(token, mine)).toBe(CROWD_WEI);
    expect(await balanceOf(token, bank())).toBe(COMPANY_WEI);
    expect(await balanceOf(token, manager)).toBe(0n);
    expect(await chain.readNumber(manager, "teamGrantsAmount")).toBe(TEAM_WEI);
    expect(await chain.readNumber(manager, "investorsGrantsAmount")).toBe(INVESTORS_WEI);
    expect(await chain.readNumber(manager, "communityGrantsAmount")).toBe(COMMUNITY_WEI);
    expect(await chain.readNumber(manager, "stage")).toBe(2n);
  });

  test("ends with the Minter as the only one who can mint", async () => {
    expect(await chain.read(genesis.token, "owner")).toBe(minter.address);
    await expect(chain.send(owner(), genesis.token, "mint", [owner().address, 1n])).rejects.toThrow("OwnerUnauthorized");
  });

  test("holds every grant under its own terms, vesting ones revocable by the bank", async () => {
    for (const [list, duration] of [[team, THREE_YEARS_SECONDS], [investors, EIGHTEEN_MONTHS_SECONDS]] as const) {
      for (const { receiver, amountWei } of list) {
        const holder = await genesis.holder("vestingHolders", receiver);
        const read = (name: string): Promise<unknown> => chain.read(holder, name);
        expect(await Promise.all(["beneficiary", "start", "cliff", "duration", "revocable", "owner"].map(read))).toEqual([
          receiver, genesis.startTime, genesis.startTime, duration, true, bank().address,
        ]);
        expect(await balanceOf(genesis.token, holder)).toBe(amountWei);
      }
    }
    for (const { receiver, amountWei } of community) {
      const holder = await genesis.holder("timeLockedHolders", receiver);
      expect([await chain.read(holder, "beneficiary"), await chain.read(holder, "releaseTime")]).toEqual([receiver, genesis.startTime]);
      expect(await balanceOf(genesis.token, holder)).toBe(amountWei);
    }
  });

  test("gives each of 2,598,071 accounts 2.441696166117092258 LPT", async () => {
    expect(await chain.readNumber(mine, "tokensPerAllocation")).toBe(PER_ALLOCATION_WEI);
    expect(CROWD_WEI - PER_ALLOCATION_WEI * RECIPIENTS).toBeLessThan(RECIPIENTS);
    await chain.send(stranger(), mine, "start");
  });

  test("releases the community's grants at the start, once", async () => {
    const [first] = community;
    const holder = await genesis.holder("timeLockedHolders", first!.receiver);
    await expect(chain.send(stranger(), holder, "release")).rejects.toThrow(`TimelockNotReleasable(${genesis.startTime})`);
    await setNextTime(genesis.startTime);
    await chain.send(stranger(), holder, "release");
    expect(await balanceOf(genesis.token, first!.receiver)).toBe(first!.amountWei);
    await expect(chain.send(stranger(), holder, "release")).rejects.toThrow("TimelockEmpty");
  });

  test("vests linearly: half of a grant after half of its duration, all of it at the end", async () => {
    const { token, startTime } = genesis;
    const [first] = investors;
    const holder = await genesis.holder("vestingHolders", first!.receiver);
    await setNextTime(startTime + EIGHTEEN_MONTHS_SECONDS / 2n);
    const half = await chain.send(stranger(), holder, "release", [token.address]);
    expect(chain.event(half, holder, "Released")["amount"]).toBe(first!.amountWei / 2n);
    await setNextTime(startTime + EIGHTEEN_MONTHS_SECONDS);
    await chain.send(stranger(), holder, "release", [token.address]);
    expect(await balanceOf(token, first!.receiver)).toBe(first!.amountWei);
    await expect(chain.send(stranger(), holder, "release", [token.address])).rejects.toThrow("VestingNothingToRelease");
  });

  test("lets the bank, and nobody else, take back what is not vested", async () => {
    const { token, startTime } = genesis;
    const [first] = team;
    const holder = await genesis.holder("vestingHolders", first!.receiver);
    await expect(chain.send(owner(), holder, "revoke", [token.address])).rejects.toThrow("OwnerUnauthorized");
    // What was released before is no part of what the bank gets.
    await setNextTime(startTime + THREE_YEARS_SECONDS * 5n / 8n);
    await chain.send(stranger(), holder, "release", [token.address]);
    await setNextTime(startTime + THREE_YEARS_SECONDS * 3n / 4n);
    const before = await balanceOf(token, bank());
    await chain.send(bank(), holder, "revoke", [token.address]);
    expect((await balanceOf(token, bank())) - before).toBe(first!.amountWei - first!.amountWei * 3n / 4n);
    await setNextTime(startTime + 2n * THREE_YEARS_SECONDS);
    await chain.send(stranger(), holder, "release", [token.address]);
    expect(await balanceOf(token, first!.receiver)).toBe(first!.amountWei * 3n / 4n);
    await expect(chain.send(bank(), holder, "revoke", [token.address])).rejects.toThrow("VestingAlreadyRevoked");
  });
});

describe("a grant with a cliff", () => {
  async function vesting(cliff: bigint, duration: bigint, revocable: boolean): Promise<{ token: Deployed; holder: Deployed; start: bigint }> {
    const token = await chain.deploy(owner(), "LivepeerToken");
    const start = await soon();
    const holder = await chain.deploy(owner(), "TokenVesting", [stranger().address, start, cliff, duration, revocable]);
    await chain.send(owner(), token, "mint", [holder.address, 1_000n]);
    return { token, holder, start };
  }

  test("vests nothing before it, and at it everything since the start at once", async () => {
    const { token, holder, start } = await vesting(250n, 1_000n, true);
    await setNextTime(start + 249n);
    await expect(chain.send(owner(), holder, "release", [token.address])).rejects.toThrow("VestingNothingToRelease");
    await setNextTime(start + 250n);
    const receipt = await chain.send(owner(), holder, "release", [token.address]);
    expect(chain.event(receipt, holder, "Released")["amount"]).toBe(250n);
  });

  test("is all taken back before it", async () => {
    const { token, holder, start } = await vesting(250n, 1_000n, true);
    await setNextTime(start + 249n);
    await chain.send(owner(), holder, "revoke", [token.address]);
    expect([await balanceOf(token, owner()), await balanceOf(token, holder)]).toEqual([1_000n, 0n]);
  });

  test("cannot be taken back when it is not revocable, and cannot have its cliff after its end or go to nobody", async () => {
    const { token, holder, start } = await vesting(0n, 0n, false);
    await expect(chain.send(owner(), holder, "revoke", [token.address])).rejects.toThrow("VestingNotRevocable");
    await setNextTime(start);
    await chain.send(owner(), holder, "release", [token.address]);
    expect(await balanceOf(token, stranger())).toBe(1_000n);
    await expect(vesting(1_001n, 1_000n, true)).rejects.toThrow("VestingCliffAfterEnd(1001,1000)");
    const nobody = chain.deploy(owner(), "TokenVesting", [ZeroAddress, start, 0n, 1n, true]);
    await expect(nobody).rejects.toThrow("VestingInvalidBeneficiary");
  });
});

describe("the GenesisManager", () => {
  const receiver = grants("4d", 2, 2n * LPT).map((one) => one.receiver);
  const SMALL = [100n, 40n, 30n, 10n, 12n, 8n];

  test("passes its stages once, in order, for its owner", async () => {
    const genesis = await Genesis.prepare();
    await expect(genesis.send("addTeamGrant", [receiver[0], 1n, 0n, 1n])).rejects.toThrow("GenesisWrongStage(0,1)");
    await expect(genesis.send("end")).rejects.toThrow("GenesisWrongStage(0,1)");
    await expect(genesis.send("setAllocations", [100n, 40n, 30n, 10n, 12n, 9n])).rejects.toThrow("GenesisSupplyMismatch(100,101)");
    await genesis.send("setAllocations", [5n, 1n, 1n, 1n, 1n, 1n]);
    await genesis.send("setAllocations", SMALL);
    await expect(genesis.send("start", [], stranger())).rejects.toThrow("OwnerUnauthorized");
    await genesis.send("start");
    expect(await chain.readNumber(genesis.token, "totalSupply")).toBe(100n);
    await expect(genesis.send("start")).rejects.toThrow("GenesisWrongStage(1,0)");
    await expect(genesis.send("setAllocations", SMALL)).rejects.toThrow("GenesisWrongStage(1,0)");
    await genesis.send("end");
    expect(await balanceOf(genesis.token, stranger())).toBe(40n);
    for (const [name, args] of [["end", []], ["addCommunityGrant", [receiver[0], 1n]], ["addInvestorGrant", [receiver[0], 1n, 0n, 1n]]] as const) {
      await expect(genesis.send(name, [...args])).rejects.toThrow("GenesisWrongStage(2,1)");
    }
  });

  test("must own the token when it starts", async () => {
    const token = await chain.deploy(owner(), "LivepeerToken");
    const args = [token.address, stranger().address, bank().address, owner().address, await soon()];
    const manager = await chain.deploy(owner(), "GenesisManager", args);
    await expect(chain.send(owner(), manager, "start")).rejects.toThrow("OwnerUnauthorized");
    expect(await chain.readNumber(manager, "stage")).toBe(0n);
  });

  test("grants no part more than it has, and one vesting and one timelock per receiver", async () => {
    const genesis = await Genesis.prepare();
    await genesis.send("setAllocations", SMALL);
    await genesis.send("start");
    await genesis.send("addTeamGrant", [receiver[0], 9n, 0n, 1n]);
    await expect(genesis.send("addTeamGrant", [receiver[1], 2n, 0n, 1n])).rejects.toThrow("GenesisGrantsExceedSupply(11,10)");
    await expect(genesis.send("addTeamGrant", [receiver[0], 1n, 0n, 1n])).rejects.toThrow("GenesisDuplicateReceiver");
    await expect(genesis.send("addInvestorGrant", [receiver[0], 1n, 0n, 1n])).rejects.toThrow("GenesisDuplicateReceiver");
    await genesis.send("addCommunityGrant", [receiver[0], 8n]);
    await expect(genesis.send("addCommunityGrant", [receiver[1], 1n])).rejects.toThrow("GenesisGrantsExceedSupply(9,8)");
    await expect(genesis.send("addCommunityGrant", [receiver[0], 0n])).rejects.toThrow("GenesisDuplicateReceiver");
    await expect(genesis.send("addInvestorGrant", [receiver[1], 1n, 2n, 1n])).rejects.toThrow("VestingCliffAfterEnd(2,1)");
    // What failed was not counted.
    expect(await chain.readNumber(genesis.manager, "teamGrantsAmount")).toBe(9n);
    expect(await chain.readNumber(genesis.manager, "investorsGrantsAmount")).toBe(0n);
  });

  test("ends whether or not grants fill their parts: the rest can never leave", async () => {
    const genesis = await Genesis.prepare();
    await genesis.send("setAllocations", SMALL);
    await genesis.send("start");
    await genesis.send("end");
    expect(await balanceOf(genesis.token, genesis.manager)).toBe(30n);
  });

  test("locks no community grant until a time that has passed", async () => {
    const genesis = await Genesis.prepare({ startTime: await now() });
    await genesis.send("setAllocations", SMALL);
    await genesis.send("start");
    await genesis.send("addTeamGrant", [receiver[0], 10n, 0n, 1n]);
    await expect(genesis.send("addCommunityGrant", [receiver[0], 8n])).rejects.toThrow("TimelockReleaseTimePassed");
  });

  test("is not made without a token, a distribution, a bank or a Minter", async () => {
    const given: string[] = [owner().address, owner().address, owner().address, owner().address];
    for (const [index, name] of ["token", "tokenDistribution", "bankMultisig", "minter"].entries()) {
      const args = [...given.with(index, ZeroAddress), 0n];
      await expect(chain.deploy(owner(), "GenesisManager", args)).rejects.toThrow(`GenesisNullAddress(${name})`);
    }
  });
});

describe("the MerkleMine", () => {
  const PERIOD_BLOCKS = 40n;
  let token: Deployed;
  let mine: Deployed;
  const member = (index: number): Account => chain.account(3 + index);
  const proofOf = (of: Account): Hex => tree.proofOf(of.address) ?? "0x";
  const generate = (from: Account, recipient: Account, proof = proofOf(recipient)): Promise<Receipt> =>
    chain.send(from, mine, "generate", [recipient.address, proof]);

  beforeAll(async () => {
    token = await chain.deploy(owner(), "LivepeerToken");
    mine = await mineFor(token, 30n, PERIOD_BLOCKS);
  });

  test("starts when it has all its tokens, by anyone's hand, once", async () => {
    await chain.send(owner(), token, "mint", [mine.address, CROWD_WEI - 1n]);
    await expect(chain.send(stranger(), mine, "start")).rejects.toThrow("MerkleMineInsufficientBalance");
    await expect(generate(member(0), member(0))).rejects.toThrow("MerkleMineNotStarted");
    await chain.send(owner(), token, "mint", [mine.address, 1n]);
    await chain.send(stranger(), mine, "start");
    await expect(chain.send(stranger(), mine, "start")).rejects.toThrow("MerkleMineAlreadyStarted");
  });

  test("gives an account its own whole amount at any time, once", async () => {
    const receipt = await generate(member(0), member(0));
    expect(chain.event(receipt, mine, "Generate").toArray()).toEqual([
      member(0).address, member(0).address, PER_ALLOCATION_WEI, 0n, receipt.blockNumber,
    ]);
    expect(await balanceOf(token, member(0))).toBe(PER_ALLOCATION_WEI);
    await expect(generate(member(0), member(0))).rejects.toThrow("MerkleMineAlreadyGenerated");
  });

  test("believes no proof that does not lead to its root", async () => {
    await expect(generate(stranger(), stranger(), proofOf(member(1)))).rejects.toThrow("MerkleMineInvalidProof");
    await expect(generate(member(1), member(1), proofOf(member(2)))).rejects.toThrow("MerkleMineInvalidProof");
    await expect(generate(member(1), member(1), `${proofOf(member(1))}00` as Hex)).rejects.toThrow("MerkleMineInvalidProof");
    await expect(generate(member(1), member(1), "0x")).rejects.toThrow("MerkleMineInvalidProof");
  });

  test("lets others in from its first block on, and their part grow block by block to the whole", async () => {
    const first = await chain.readNumber(mine, "callerAllocationStartBlock");
    await expect(generate(stranger(), member(1))).rejects.toThrow(`MerkleMineCallerPeriodNotStarted(${member(1).address},${first})`);
    const steps: [Account, bigint][] = [[member(1), 0n], [member(2), 10n], [member(3), 25n], [member(4), PERIOD_BLOCKS + 3n]];
    let earned = 0n;
    for (const [recipient, blocks] of steps) {
      await chain.mineUpTo(first + blocks);
      const receipt = await generate(stranger(), recipient);
      expect(receipt.blockNumber).toBe(first + blocks);
      const part = blocks >= PERIOD_BLOCKS ? PER_ALLOCATION_WEI : PER_ALLOCATION_WEI * blocks / PERIOD_BLOCKS;
      earned += part;
      expect(await chain.readNumber(mine, "callerTokenAmountAtBlock", [first + blocks])).toBe(part);
      expect(await balanceOf(token, recipient)).toBe(PER_ALLOCATION_WEI - part);
      expect(await balanceOf(token, stranger())).toBe(earned);
    }
  });

  test("is not made with a past start, an end before it, a block to come, or for nobody", async () => {
    const height = await chain.rpc.blockNumber();
    const terms = (changed: Record<number, unknown>): unknown[] =>
      [token.address, tree.root, 1n, 1n, 0n, height, height + 50n, height + 60n].map((term, index) => changed[index] ?? term);
    for (const [index, value, name] of [
      [0, ZeroAddress, "token"],
      [3, 0n, "totalGenesisRecipients"],
      [5, height + 50n, "genesisBlock"],
      [6, height, "callerAllocationStartBlock"],
      [7, height + 50n, "callerAllocationEndBlock"],
    ] as const) {
      await expect(chain.deploy(owner(), "MerkleMine", terms({ [index]: value }))).rejects.toThrow(`MerkleMineInvalidParameter(${name},`);
    }
  });
});
