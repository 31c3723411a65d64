import { hexlify, toUtf8Bytes } from "ethers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Address } from "../../src/protocol/hex.ts";
import { type Account, ContractsChain, type Deployed, LPT, Protocol } from "./contracts-chain.ts";

const PROPOSAL = hexlify(toUtf8Bytes("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"));

let chain: ContractsChain;
let protocol: Protocol;
let creator: Deployed;
const transcoder = (): Account => chain.account(1);
const delegator = (): Account => chain.account(2);
const stranger = (): Account => chain.account(3);

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 0n, inflationChangePpm: 0n, poolSize: 2n });
  creator = await chain.deploy(protocol.owner, "PollCreator", [protocol.bonding.address, 57_600n]);
  await protocol.nextRound();
  await protocol.bond(transcoder(), LPT, transcoder());
});
afterAll(() => chain.stop());

const create = (from: Account) => chain.send(from, creator, "createPoll", [PROPOSAL]);

/** A poll that ends soon: mining the 57,600 blocks of a real one takes minutes. */
function pollUpTo(lastBlock: bigint): Promise<Deployed> {
  return chain.deploy(stranger(), "Poll", [lastBlock]);
}

test("needs 100 LPT of stake, one's own or delegated to one, to the last unit", async () => {
  await expect(create(stranger())).rejects.toThrow("PollCreatorInsufficientStake");
  await expect(create(transcoder())).rejects.toThrow("PollCreatorInsufficientStake");
  await protocol.bond(delegator(), 100n * LPT - 1n, transcoder());
  await expect(create(delegator())).rejects.toThrow("PollCreatorInsufficientStake");
  await create(transcoder());
  await protocol.bond(delegator(), 1n, transcoder());
  await create(delegator());
});

test("announces the proposal, the end of the poll, and how it is counted", async () => {
  const receipt = await create(transcoder());
  const [address, proposal, endBlock, quorum, quota] = chain.event(receipt, creator, "PollCreated");
  expect([proposal, endBlock, quorum, quota]).toEqual([PROPOSAL, receipt.blockNumber + 57_600n, 333_300n, 500_000n]);
  expect(await chain.readNumber(chain.at(String(address) as Address, "Poll"), "endBlock")).toBe(endBlock);
  expect(await chain.read(creator, "bondingManager")).toBe(protocol.bonding.address);
  expect(await chain.readNumber(creator, "POLL_CREATION_COST")).toBe(100n * LPT);
});

test("takes votes of anyone, and of the same account again, up to the end block itself", async () => {
  const endBlock = (await chain.rpc.blockNumber()) + 20n;
  const poll = await pollUpTo(endBlock);
  for (const choice of [1n, 0n, 7n]) {
    const receipt = await chain.send(stranger(), poll, "vote", [choice]);
    expect(chain.event(receipt, poll, "Vote").toArray()).toEqual([stranger().address, choice]);
  }
  await chain.mineUpTo(endBlock);
  await chain.send(stranger(), poll, "vote", [0n]);
  await expect(chain.send(stranger(), poll, "vote", [0n])).rejects.toThrow(`PollOver(${endBlock})`);
});

test("can be destroyed by anyone after the end block, and answers as before", async () => {
  const endBlock = (await chain.rpc.blockNumber()) + 20n;
  const poll = await pollUpTo(endBlock);
  await chain.mineUpTo(endBlock);
  await expect(chain.send(stranger(), poll, "destroy")).rejects.toThrow(`PollActive(${endBlock})`);
  await chain.send(stranger(), poll, "destroy");
  expect(await chain.readNumber(poll, "endBlock")).toBe(endBlock);
});
