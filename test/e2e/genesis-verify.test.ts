import { getCreateAddress, keccak256, AbiCoder } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { BANK, finishGenesis, GOVERNANCE, RECIPIENTS, type FinishedGenesis } from "./finished-genesis.ts";
import { deploy, mine, read, sendAs } from "./local-project.ts";

const STRANGER: Address = "0x6666666666666666666666666666666666666666";

let done: FinishedGenesis;
let reset: () => Promise<void>;

beforeAll(async () => {
  done = await finishGenesis();
  reset = await done.local.checkpoint();
});
beforeEach(() => reset());
afterAll(() => done?.stop());

function contract(name: string): Address {
  const address = done.prepared.suite.contracts[name];
  if (address === undefined) throw new Error(`there is no ${name}`);
  return address;
}

function holderOf(grant: number): Address {
  return getCreateAddress({ from: done.prepared.genesis.genesisManager, nonce: grant }) as Address;
}

function slot(index: number | bigint): Hex {
  return `0x${BigInt(index).toString(16).padStart(64, "0")}`;
}

function asWord(value: bigint | Address): Hex {
  return `0x${BigInt(value).toString(16).padStart(64, "0")}`;
}

function mapped(key: Hex, position: number): Hex {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [key, position])) as Hex;
}

async function store(address: Address, position: Hex, value: Hex): Promise<void> {
  await done.local.rpc.request("anvil_setStorageAt", [address, position, value], z.unknown());
}

/** What a verification finds different, without the rows of the predicted state. */
async function differences(withState = false): Promise<string[]> {
  const { rows, equal } = await done.verify();
  const different = rows.filter(({ holds }) => !holds);
  expect(equal).toBe(different.length === 0);
  return different.filter(({ group }) => withState || group !== "state").map(({ what }) => what);
}

describe("a genesis that went as planned", () => {
  it("is equal to its file and to the state that was predicted, in every row", async () => {
    const { equal, rows, groups } = await done.verify();
    expect(rows.filter(({ holds }) => !holds)).toEqual([]);
    expect(equal).toBe(true);
    expect(groups.map(({ group }) => group)).toEqual(["registry", "code", "ownership", "parameters", "supply", "genesis", "grants", "distribution", "state"]);
    expect(rows.length).toBeGreaterThan(300);
    expect(rows).toContainEqual({ group: "parameters", what: "BondingManager.unbondingPeriod", expected: "9", found: "9", holds: true });
    expect(rows.filter(({ what }) => what.endsWith("all of its storage")).length).toBe(done.prediction.accounts.filter(({ created }) => created).length);
  });

  it("is found from the deployer alone, and from the Controller alone, without any record", async () => {
    const { controller, deployer, firstNonce } = await done.verify({ controller: undefined, deployer: done.prepared.plan.from });
    const other = await done.verify();
    expect({ controller, deployer, firstNonce }).toEqual({ controller: other.controller, deployer: other.deployer, firstNonce: other.firstNonce });
    await expect(done.verify({ deployer: STRANGER })).rejects.toMatchObject({ code: "LPCTL_GENESIS_DEPLOYER_UNKNOWN" });
    await expect(done.verify({ controller: undefined })).rejects.toMatchObject({ code: "LPCTL_GENESIS_DEPLOYER_UNKNOWN" });
  });

  it("is verified at the block where it ended, whatever happened since", async () => {
    const { rpc } = done.local;
    const block = await rpc.blockNumber();
    await sendAs(rpc, GOVERNANCE, done.prepared.suite.controller, "function unpause()");
    await mine(rpc, 3n);
    expect(await differences(true)).not.toEqual([]);
    expect((await done.verify({ block })).rows.filter(({ holds }) => !holds)).toEqual([]);
  });

  it("lets a recipient of the file take tokens with the proof that the tree gives", async () => {
    const { buildMerkleTree } = await import("../../src/genesis/merkle-tree.ts");
    const tree = await buildMerkleTree(new Uint8Array(Buffer.from(RECIPIENTS.map((address) => address.slice(2)).join(""), "hex")));
    const { address } = done.prepared.genesis.distribution;
    const [, , recipient = "0x"] = RECIPIENTS;
    await sendAs(done.local.rpc, recipient, address, "function generate(address recipient, bytes merkleProof)", [recipient, tree.proofOf(recipient)]);
    const balance = await read(done.local.rpc, contract("LivepeerToken"), "function balanceOf(address) view returns (uint256)", [recipient]);
    expect(balance).toBe(100n * 10n ** 18n);
  });
});

/** One thing is changed at a time, behind everybody's back. */
const TAMPERINGS: { what: string; tamper: () => Promise<unknown>; named: string[] }[] = [
  { what: "a parameter", tamper: () => store(contract("BondingManager"), slot(2), asWord(7n)), named: ["BondingManager.unbondingPeriod"] },
  {
    what: "a registered address",
    tamper: () => store(done.prepared.suite.controller, mapped(contractId("JobsManagerTarget"), 1), asWord(STRANGER)),
    named: ["JobsManagerTarget in the registry"],
  },
  {
    what: "a registered commit",
    tamper: () => store(done.prepared.suite.controller, slot(BigInt(mapped(contractId("Minter"), 1)) + 1n), slot(1)),
    named: ["commit of Minter in the registry"],
  },
  { what: "code", tamper: () => done.local.rpc.request("anvil_setCode", [contract("Minter"), "0x60006000fd"], z.unknown()), named: [`Minter at`] },
  { what: "code that is gone", tamper: () => done.local.rpc.request("anvil_setCode", [holderOf(1), "0x"], z.unknown()), named: ["team grant 1 at", "team grant 1.beneficiary"] },
  { what: "the target of a proxy", tamper: () => store(contract("RoundsManager"), slot(1), contractId("JobsManagerTarget")), named: ["RoundsManager.targetContractId"] },
  { what: "the Controller of a proxy", tamper: () => store(contract("ServiceRegistry"), slot(0), asWord(STRANGER)), named: ["ServiceRegistry.controller"] },
  { what: "the owner of the Controller", tamper: () => store(done.prepared.suite.controller, slot(0), `0x${"00".repeat(11)}01${STRANGER.slice(2)}`), named: ["Controller.owner"] },
  { what: "the pause", tamper: () => store(done.prepared.suite.controller, slot(0), asWord(GOVERNANCE)), named: ["Controller.paused"] },
  { what: "the stage of genesis", tamper: () => store(done.prepared.genesis.genesisManager, slot(17), slot(1)), named: ["GenesisManager.stage"] },
  { what: "who may revoke a grant", tamper: () => store(holderOf(2), slot(0), asWord(STRANGER)), named: ["team grant 2.owner"] },
  { what: "a cliff", tamper: () => store(holderOf(2), slot(2), slot(1)), named: ["team grant 2.cliff"] },
  { what: "the receiver of an investor's grant", tamper: () => store(holderOf(3), slot(1), asWord(STRANGER)), named: ["investors grant 1.beneficiary"] },
  { what: "when a timelock opens", tamper: () => store(holderOf(4), slot(2), slot(1)), named: ["community grant 1.releaseTime"] },
  {
    what: "the holder of a grant",
    tamper: () => store(done.prepared.genesis.genesisManager, mapped(asWord("0x7000000000000000000000000000000000000003"), 15), asWord(STRANGER)),
    named: ["GenesisManager.vestingHolders(0x7000000000000000000000000000000000000003)"],
  },
  { what: "the root of the tree", tamper: () => store(done.prepared.genesis.distribution.address, slot(1), slot(5)), named: ["MerkleMine.genesisRoot"] },
  { what: "a MerkleMine that is closed again", tamper: () => store(done.prepared.genesis.distribution.address, slot(10), slot(0)), named: ["MerkleMine.started"] },
];

describe("a genesis in which one thing was changed", () => {
  for (const { what, tamper, named } of TAMPERINGS) {
    it(`is different, and says in what: ${what}`, async () => {
      await tamper();
      const different = await differences();
      for (const name of named) expect(different.some((row) => row.startsWith(name))).toBe(true);
      expect(different.length).toBeLessThan(40);
    });
  }

  it("is different when tokens were moved or minted, and says whose", async () => {
    const { rpc, accounts } = done.local;
    const token = contract("LivepeerToken");
    await sendAs(rpc, BANK, token, "function transfer(address to, uint256 value)", [STRANGER, 1n]);
    await sendAs(rpc, contract("Minter"), token, "function mint(address to, uint256 amount)", [accounts.operator, 5n]);
    expect(await differences()).toEqual([`LivepeerToken.totalSupply`, `LivepeerToken.balanceOf(${BANK})`, "LPT minted so far"]);
  });

  it("is different when the token has another owner, who could mint", async () => {
    const { rpc, accounts } = done.local;
    await sendAs(rpc, contract("Minter"), contract("LivepeerToken"), "function transferOwnership(address newOwner)", [accounts.operator]);
    expect(await differences()).toEqual(["LivepeerToken.owner"]);
  });

  it("is different when another contract was registered", async () => {
    await sendAs(done.local.rpc, GOVERNANCE, done.prepared.suite.controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [
      contractId("Treasury"),
      STRANGER,
      `0x${"11".repeat(20)}`,
    ]);
    const { rows } = await done.verify();
    expect(rows.filter(({ holds, group }) => !holds && group !== "state")).toEqual([{ group: "registry", what: "registered beside these", expected: "nothing", found: "Treasury", holds: false }]);
  });

  it("is different by the predicted state alone where nothing else asks: a word that no function shows", async () => {
    await store(contract("JobsManager"), slot(4_711), slot(1));
    expect(await differences()).toEqual([]);
    expect(await differences(true)).toEqual([`JobsManager ${contract("JobsManager")}: all of its storage`]);
  });

  it("names the variable that is not as predicted", async () => {
    await store(contract("BondingManager"), slot(2), asWord(7n));
    const manager = `BondingManager ${contract("BondingManager")}`;
    expect(await differences(true)).toEqual(["BondingManager.unbondingPeriod", `${manager}: unbondingPeriod`, `${manager}: all of its storage`]);
  });
});

it("does not take a prediction of other transactions for this genesis", async () => {
  const { rows } = await done.verify({ prediction: { ...done.prediction, planHash: `0x${"ab".repeat(32)}` } });
  expect(rows.filter(({ group }) => group === "state")).toMatchObject([{ what: "plan that was simulated", holds: false }]);
});

it("predicts the state again when nobody kept it, to the same hash, whatever the height of the chain", async () => {
  await mine(done.local.rpc, 20n);
  const kept = await done.verify();
  const again = await done.verify({ prediction: undefined });
  expect([kept.predicted, again.predicted]).toEqual(["kept", "again"]);
  expect(again.predictionHash).toBe(kept.predictionHash);
  expect(again.rows).toEqual(kept.rows);
  await store(contract("JobsManager"), slot(4_711), slot(1));
  expect((await done.verify({ prediction: undefined })).rows.filter(({ holds }) => !holds).map(({ what }) => what)).toEqual([`JobsManager ${contract("JobsManager")}: all of its storage`]);
});

it("says how far a genesis is that was interrupted", async () => {
  const { plan } = done.prepared;
  // A local chain has a block for each transaction.
  const { equal, transactions, rows } = await done.verify({ block: 30n });
  expect(transactions).toEqual({ planned: plan.transactions.length, sent: 30 });
  expect(equal).toBe(false);
  expect(rows.find(({ what }) => what === "LivepeerToken.owner")).toMatchObject({ holds: false, found: plan.from });
});

it("finds every row different, and none skipped, on a chain where the genesis never was", async () => {
  const { rpc, accounts } = done.local;
  const controller = await deploy(rpc, accounts.operator, done.prepared.artifacts.find(({ name }) => name === "Controller") ?? expect.fail("no Controller"));
  const { rows, equal } = await done.verify({ prediction: undefined, controller, deployer: accounts.operator });
  expect(equal).toBe(false);
  const unread = rows.filter(({ found }) => found === null);
  expect(rows.at(-1)).toMatchObject({ group: "state", holds: false, why: "the Controller has never registered a contract" });
  expect(unread.length).toBeGreaterThan(50);
  expect(unread.every(({ holds, why }) => !holds && why !== undefined)).toBe(true);
});

describe("a genesis of the current profile, with a faucet", () => {
  let current: FinishedGenesis;
  beforeAll(async () => {
    current = await finishGenesis("current");
  });
  afterAll(() => current?.stop());

  it("is equal to its file, and what depends on the block is known without a list", async () => {
    const { rows, groups } = await current.verify({ prediction: undefined });
    expect(rows.filter(({ holds }) => !holds)).toEqual([]);
    expect(groups.map(({ group }) => group)).toContain("distribution");
    expect(rows).toContainEqual({ group: "parameters", what: "LivepeerGovernor.quota", expected: "500000", found: "500000", holds: true });
    const dependent = current.prediction.accounts.flatMap(({ name, storage }) => storage.flatMap((word) => (word.dependsOn === undefined ? [] : [`${name}.${word.name}`])));
    expect(dependent).toEqual(expect.arrayContaining(["LivepeerGovernor._quorumNumeratorHistory._checkpoints[0]._value", "RoundsManager.lastRoundLengthUpdateRound"]));
    expect(dependent.length).toBeLessThan(5);
  });

  it("has a name for every word of it", () => {
    const { accounts } = current.prediction;
    expect(accounts.filter(({ name }) => name === undefined)).toEqual([]);
    expect(accounts.flatMap(({ storage }) => storage.filter((word) => word.name === undefined))).toEqual([]);
  });

  it("is different when somebody else got a role in the Treasury", async () => {
    const { Treasury: treasury = "0x" } = current.prepared.suite.contracts;
    await sendAs(current.local.rpc, treasury, treasury, "function grantRole(bytes32 role, address account)", [contractId("EXECUTOR_ROLE"), STRANGER]);
    const different = (await current.verify()).rows.filter(({ holds, group }) => !holds && group !== "state");
    expect(different).toMatchObject([{ what: "roles in the Treasury", found: expect.stringContaining(`EXECUTOR_ROLE ${STRANGER}`) }]);
  });
});
