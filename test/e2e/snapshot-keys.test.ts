import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Interface } from "ethers";
import { SigningKey } from "ethers/crypto";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { readFunction } from "../../src/chain/read-function.ts";
import type { Rpc } from "../../src/chain/rpc.ts";
import { governorInterface, updateOf } from "../../src/authority/governor.ts";
import { loadGenesis } from "../../src/genesis/load-genesis-file.ts";
import { prepareGenesis } from "../../src/genesis/prepare-genesis.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked, SetupSender } from "../../src/node/setup-sender.ts";
import { deriveTickets } from "../../src/node/actors/ticket.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { SUITE } from "../../src/protocol/suite.ts";
import { discoverPreimages, sourceOf, type Discovered } from "../../src/snapshot/keys/discover-preimages.ts";
import { enumerateWords } from "../../src/snapshot/keys/enumerate-slots.ts";
import { findContracts } from "../../src/snapshot/keys/find-contracts.ts";
import type { KnownContract } from "../../src/snapshot/keys/known-contract.ts";
import { createSlotNamer } from "../../src/snapshot/keys/slot-namer.ts";
import { storageProofSchema, storageRootOf } from "../../src/snapshot/trie/storage-root.ts";
import { readWrittenZeros } from "../../src/snapshot/trie/written-zeros.ts";
import { compileUnits } from "../../src/solidity/compile.ts";
import type { CompiledUnit } from "../../src/solidity/compiled-unit.ts";
import { ROUND_BLOCKS, startActorChain } from "./actor-chain.ts";
import { genesisYaml, RECIPIENTS } from "./finished-genesis.ts";
import { COMPILE_CACHES, ROOT, startLocalProject } from "./local-project.ts";

const LPT = 10n ** 18n;
const LONG_TEXT = "https://a-name-that-takes-more-than-one-word-of-storage.example.org:8935/and-a-path";

let units: CompiledUnit[];
beforeAll(async () => {
  units = await compileUnits({ root: ROOT, targets: SUITE.map(({ name, source }) => ({ source, contract: name })), cacheFolders: COMPILE_CACHES });
});

interface Taken {
  contracts: KnownContract[];
  preimages: Discovered;
  /** Names of contracts whose root is another than the chain's. */
  different: string[];
  /** Words that have no name, by contract. */
  unnamed: string[];
  names: Set<string>;
}

/** Everything that can be had of a protocol, twice: with every key tried everywhere, and with as few as where there are very many. */
async function take(rpc: Rpc, controller: Address): Promise<Taken> {
  await rpc.request("evm_mine", [], z.unknown());
  const block = await rpc.block("latest");
  const zeros = await readWrittenZeros(rpc);
  const contracts = await findContracts(rpc, block, controller, units);
  const preimages = await discoverPreimages(rpc, block, contracts);
  const source = sourceOf(rpc, block);
  const taken: Taken = { contracts, preimages, different: [], unnamed: [], names: new Set() };
  for (const contract of contracts) {
    const { storageHash } = await rpc.request("eth_getProof", [contract.address, [], "latest"], storageProofSchema);
    for (const limits of [undefined, { triedAnyway: 0, triedEachWithEach: 0 }]) {
      const words = await enumerateWords(source, contract, preimages, limits);
      if ((await storageRootOf(words, zeros.get(contract.address) ?? [])) !== storageHash) taken.different.push(`${contract.name}${limits === undefined ? "" : ", with few keys"}`);
      if (limits === undefined) continue;
      const nameOf = await createSlotNamer(contract, preimages, words);
      for (let at = 0; at < words.slots.length; at += 32) {
        if (words.values.subarray(at, at + 32).every((byte) => byte === 0)) continue;
        const slot: Hex = `0x${Buffer.from(words.slots.subarray(at, at + 32)).toString("hex")}`;
        const name = nameOf(slot);
        if (name === undefined) taken.unnamed.push(`${contract.name} ${slot}`);
        else taken.names.add(`${contract.name}.${name}`);
      }
    }
  }
  return taken;
}

type Sending = [to: Address, signature: string, args: unknown[], valueWei?: bigint];

async function sendAs(rpc: Rpc, from: Address, calls: Sending[]): Promise<void> {
  const sender = await SetupSender.from(rpc, from);
  for (const [to, signature, args, valueWei] of calls) sender.call(to, signature, args, valueWei ?? 0n);
  await sender.flush();
}


const artifactOf = (name: string) => {
  const unit = units.find(({ artifact }) => artifact.name === name);
  if (unit === undefined) throw new Error(`no ${name}`);
  return unit.artifact;
};
const nameOf = (of: RegExp, { names }: Taken): string[] => [...names].filter((name) => of.test(name)).map((name) => name.replaceAll(/0x[0-9a-fA-F]{40,64}/g, "0x…")).sort();

test("of a launch protocol with jobs, claims, locks, a Governor and divided powers, the root of every contract is rebuilt and every word has a name", async () => {
  const chain = await startActorChain("launch");
  onTestFinished(() => chain.anvil.stop());
  const { rpc } = chain;
  const runner = await chain.enter({ jobsPerRound: 2 });
  await runner.playRounds(2);
  const { deployer, broadcaster, delegator, transcoder } = localAccounts();
  const [token, bonding, jobs] = [chain.contract("LivepeerToken"), chain.contract("BondingManager"), chain.contract("JobsManager")];
  const block = await rpc.blockNumber();
  await sendAs(rpc, broadcaster.address, [
    [jobs, "function deposit() payable", [], LPT],
    [jobs, "function job(string streamId, string transcodingOptions, uint256 maxPricePerSegment, uint256 endBlock)", [LONG_TEXT, "abcd1234", 10n ** 12n, block + 300n]],
    [chain.contract("ServiceRegistry"), "function setServiceURI(string)", [LONG_TEXT]],
  ]);
  await sendAs(rpc, delegator.address, [
    [token, "function approve(address,uint256)", [bonding, 100n * LPT]],
    // An address that begins with zeros, as those of some well-known contracts do.
    [token, "function approve(address,uint256)", ["0x000000000000AAeB6D7670E522A718067333cd4E", 5n]],
    [bonding, "function bond(uint256,address)", [100n * LPT, runner.cast.members.find(({ role }) => role === "transcoder")?.address]],
  ]);
  await runner.playRounds(1);
  await sendAs(rpc, delegator.address, [
    [bonding, "function unbond(uint256)", [10n * LPT]],
    [bonding, "function unbond(uint256)", [7n * LPT]],
    [bonding, "function rebond(uint256)", [0n]],
  ]);
  await sendAs(rpc, transcoder.address, [[chain.contract("LivepeerTokenFaucet"), "function request()", []]]);
  const own = await SetupSender.from(rpc, deployer.address);
  const governor = own.deploy(artifactOf("Governor"));
  const divided = own.deploy(artifactOf("DividedOwner"), [deployer.address]);
  own.call(divided, "function setAuthority(address,bytes4,address)", [jobs, "0x12345678", broadcaster.address]);
  own.call(divided, "function transferOwnership(address)", [governor]);
  own.call(governor, governorInterface.getFunction("stage")?.format("full") ?? "", [updateOf([{ to: jobs, valueWei: 0n, data: "0x1234567890" }], 0n), 5n]);
  own.call(chain.protocol.controller, "function transferOwnership(address)", [divided]);
  await own.flush();

  const taken = await take(rpc, chain.protocol.controller);
  expect(taken.different).toEqual([]);
  expect(taken.unnamed).toEqual([]);
  expect(taken.contracts.map(({ name }) => name)).toEqual(expect.arrayContaining(["Controller", "BondingManager", "BondingManagerTarget", "GenesisManager", "LivepeerTokenFaucet", "Verifier", "Governor", "DividedOwner"]));
  expect(nameOf(/^(Governor|DividedOwner)\./, taken)).toEqual(["DividedOwner._authorities[0x…][0x12345678]", "DividedOwner.owner", "Governor.owner", "Governor.updates[0x…]"]);
  expect(nameOf(new RegExp(`^BondingManager\\.delegators\\[${delegator.address}\\]\\.unbondingLocks`), taken)).toEqual(["BondingManager.delegators[0x…].unbondingLocks[1].amount", "BondingManager.delegators[0x…].unbondingLocks[1].withdrawRound"]);
  expect(nameOf(/_electionCandidates\[\d+\]\[0\]/, taken)[0]).toMatch(/^BondingManager\._electionCandidates\[\d+\]\[0\]\.pricePerSegment$/);
  expect(nameOf(/serviceURI/, taken)).toEqual([
    "ServiceRegistry.records[0x…].serviceURI",
    "ServiceRegistry.records[0x…].serviceURI (bytes 0 to 31)",
    "ServiceRegistry.records[0x…].serviceURI (bytes 32 to 63)",
    "ServiceRegistry.records[0x…].serviceURI (bytes 64 to 95)",
  ]);
  for (const name of ["Controller.owner, paused", "Verifier.solvers.length", "Verifier.solvers[0]", "JobsManager.jobs[0].claims.length", "JobsManager.jobs[0].claims[0].claimRoot", "Controller.registry[JobsManagerTarget].gitCommitHash"]) expect(taken.names).toContain(name);
  expect(nameOf(/segmentVerifications/, taken).length).toBeGreaterThan(0);
});

const VOTES = new Interface([
  "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)",
  "event ProposalCreated(uint256 proposalId, address proposer, address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, uint256 voteStart, uint256 voteEnd, string description)",
]);
const REDEEM =
  "function redeemWinningTicket((address recipient, address sender, uint256 faceValue, uint256 winProb, uint256 senderNonce, bytes32 recipientRandHash, bytes auxData) ticket, bytes sig, uint256 recipientRand)";

test("of a current protocol with votes, polls, tickets, spent reserves and a Safe, the root of every contract is rebuilt and every word has a name", async () => {
  const chain = await startActorChain("current", {}, "stake");
  onTestFinished(() => chain.anvil.stop());
  const { rpc } = chain;
  const runner = await chain.enter({ seed: 11n, transcoders: 4, delegators: 8, turnoutPercent: 100 });
  await runner.playRounds(1);
  const [proposer] = runner.cast.members.filter(({ role }) => role === "transcoder").map(({ address }) => address);
  if (proposer === undefined) throw new Error("no transcoder");
  const { broadcaster, operator, "owner-1": owner } = localAccounts();
  const [broker, bonding, rounds] = [chain.contract("TicketBroker"), chain.contract("BondingManager"), chain.contract("RoundsManager")];
  const data = new Interface(["function setUnbondingPeriod(uint64)"]).encodeFunctionData("setUnbondingPeriod", [9n]);
  const vote: unknown[] = [[bonding], [0n], [data], "A longer unbonding period"];
  await sendAs(rpc, proposer, [
    [chain.contract("StakeGovernor"), VOTES.getFunction("propose")?.format("full") ?? "", vote],
    [chain.contract("LivepeerGovernor"), VOTES.getFunction("propose")?.format("full") ?? "", vote],
    [chain.contract("PollCreator"), "function createPoll(bytes)", ["0x1234"]],
  ]);
  await runner.playRounds(3);

  // A reserve is claimed from, and then taken back: its funds are zero, and what was claimed stays on record.
  await sendAs(rpc, broadcaster.address, [[broker, "function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) payable", [1n, LPT], LPT + 1n]]);
  const [round] = await readFunction(rpc, rounds, "function currentRound() view returns (uint256)");
  const [hash] = await readFunction(rpc, rounds, "function blockHashForRound(uint256) view returns (bytes32)", [round]);
  const tickets = deriveTickets({ seed: 0n, sender: new SigningKey(broadcaster.privateKey), senderAddress: broadcaster.address, recipient: proposer, round: round as bigint, roundBlockHash: hash as Hex, count: 32 });
  const ticket = tickets.find(({ wins }) => wins);
  if (ticket === undefined) throw new Error("none of 32 tickets wins");
  const promise = [ticket.recipient, ticket.sender, ticket.faceValueWei, ticket.winProbability, ticket.senderNonce, ticket.recipientRandHash, ticket.auxData];
  await sendAs(rpc, operator.address, [[broker, REDEEM, [promise, ticket.signature, ticket.recipientRand]]]);
  await sendAs(rpc, broadcaster.address, [[broker, "function unlock()", []]]);
  const [unlockPeriod] = await readFunction(rpc, broker, "function unlockPeriod() view returns (uint256)");
  await runner.mine((unlockPeriod as bigint) * ROUND_BLOCKS);
  await runner.playRounds(1);
  await sendAs(rpc, broadcaster.address, [[broker, "function withdraw()", []]]);
  await sendAs(rpc, owner.address, [[chain.protocol.safe as Address, "function approveHash(bytes32)", [contractId("anything")]]]);

  const taken = await take(rpc, chain.protocol.controller);
  expect(taken.different).toEqual([]);
  expect(taken.unnamed).toEqual([]);
  const kinds = taken.contracts.map(({ name }) => name);
  expect(kinds).toEqual(expect.arrayContaining(["StakeGovernor", "StakeTimelock", "LivepeerGovernor", "Treasury", "VetoGuardian", "Safe", "Poll", "PollCreator", "MerkleSnapshot"]));
  expect(nameOf(/claimedByAddress/, taken)).toEqual([`TicketBroker.reserves[0x…].claimedByAddress[${round}][0x…]`]);
  expect(nameOf(/^Safe\.(owners|approved)/, taken)).toEqual(["Safe.approvedHashes[0x…][0x…]", ...Array(4).fill("Safe.owners[0x…]")]);
  expect(nameOf(/^StakeGovernor\._proposalTallies.*voters/, taken).length).toBeGreaterThan(5);
  expect(nameOf(/^StakeGovernor\._proposals/, taken)[1]).toMatch(/^StakeGovernor\._proposals\[\d+\]\.voteStart, proposer$/);
});

test("of a genesis, the contracts that hold grants are found, and the root of every contract is rebuilt", async () => {
  const local = await startLocalProject();
  onTestFinished(() => local.stop());
  const { rpc, project: { folder }, accounts: { deployer } } = local;
  const { timestampSeconds } = await rpc.block("latest");
  await writeFile(join(folder, "recipients.txt"), RECIPIENTS.join("\n"));
  await writeFile(join(folder, "genesis.yaml"), genesisYaml("launch", timestampSeconds + 86_400n));
  const { plan, suite } = await prepareGenesis(await loadGenesis(join(folder, "genesis.yaml")), units.map(({ artifact }) => artifact), { deployer, firstNonce: 0n });
  for (const [index, transaction] of plan.transactions.entries()) expect((await sendUnlocked(rpc, deployer, BigInt(index), transaction)).status).toBe("success");

  const taken = await take(rpc, suite.controller);
  expect(taken.different).toEqual([]);
  expect(taken.unnamed).toEqual([]);
  expect(taken.contracts.map(({ name }) => name.split(" ")[0]).filter((name) => /^(Token|Merkle|Genesis)/.test(name ?? "")).sort((a = "", b = "") => a.localeCompare(b))).toEqual(["GenesisManager", "MerkleMine", "TokenTimelock", "TokenVesting", "TokenVesting", "TokenVesting"]);
});
