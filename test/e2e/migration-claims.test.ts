import { join } from "node:path";
import { ZeroAddress, ZeroHash } from "ethers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Receipt } from "../../src/chain/rpc.ts";
import { claimFormat, type ClaimFormat } from "../../src/migration/merkle/claim.ts";
import { buildLeafTree, leafOf, type LeafTree } from "../../src/migration/merkle/leaf-tree.ts";
import type { StandardRow } from "../../src/migration/merkle/standard.ts";
import { toHex } from "../../src/protocol/merkle/words.ts";
import type { Hex } from "../../src/protocol/hex.ts";
import { compileContracts } from "../../src/solidity/compile.ts";
import { CONTRACT_CACHES } from "../unit/contracts/compiled-suite.ts";
import { type Account, ContractsChain, type Deployed, LPT, Protocol } from "./contracts-chain.ts";

const SNAPSHOT_ID: Hex = `0x${"5a".repeat(32)}`;
const REVIEW_SECONDS = 7n * 86_400n;
const NO_HINTS = [ZeroAddress, ZeroAddress, ZeroAddress, ZeroAddress];
const PAYLOAD = ["address", "uint256", "uint256", "uint256"];
/** More than a word of the bitmap has bits. */
const ROWS = 300;

let chain: ContractsChain;
let protocol: Protocol;
let claims: Deployed;
let chainId: bigint;
let format: ClaimFormat;
let tree: LeafTree<StandardRow>;
const transcoder = (): Account => chain.account(1);
const caller = (): Account => chain.account(2);
const signer = (): Account => chain.account(3);
const relayer = (): Account => chain.account(4);

/** Account, delegate, stake, tokens and fees. Most rows are of nobody here. */
function rowAt(index: number): StandardRow {
  const owner = index === 7 ? caller() : index === 299 ? signer() : undefined;
  const account = owner?.address ?? `0x${(index + 1).toString(16).padStart(40, "0")}`;
  return [account, transcoder().address, LPT + BigInt(index), BigInt(index) * 1_000n, BigInt(index % 3)];
}

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 100n, inflationChangePpm: 0n, poolSize: 3n });
  await protocol.nextRound();
  await protocol.bond(transcoder(), 700n * LPT, transcoder());
  const root = join(import.meta.dirname, "../..");
  const [artifact] = await compileContracts({ root, targets: [{ source: "contracts/migration/SnapshotClaims.sol" }], cacheFolders: CONTRACT_CACHES });
  if (artifact === undefined) throw new Error("nothing was compiled");
  claims = await chain.deployArtifact(protocol.owner, artifact, [protocol.controller.address, SNAPSHOT_ID, REVIEW_SECONDS, REVIEW_SECONDS, protocol.owner.address]);
  chainId = await chain.rpc.chainId();
  format = claimFormat({ chainId, claimContract: claims.address, snapshotId: SNAPSHOT_ID }, PAYLOAD);
  const rows = Array.from({ length: ROWS }, (_, index) => rowAt(index));
  tree = await buildLeafTree(format, rows);
  const tokens = rows.reduce((sum, [, , stake, liquid]) => sum + BigInt(String(stake)) + BigInt(String(liquid)), 0n);
  const fees = rows.reduce((sum, row) => sum + BigInt(String(row[4])), 0n);
  await chain.send(protocol.owner, protocol.token, "transfer", [claims.address, tokens]);
  await chain.rpc.request("anvil_setBalance", [claims.address, `0x${fees.toString(16)}`], z.unknown());
  await chain.send(protocol.owner, claims, "stage", [tree.root, tokens, fees]);
});
afterAll(() => chain.stop());

const entryAt = (index: number): unknown[] => [index, ...rowAt(index)];
const claim = (from: Account, index: number, proof = tree.proofAt(index)): Promise<Receipt> =>
  chain.send(from, claims, "claim", [entryAt(index), proof, [ZeroAddress, ZeroAddress], NO_HINTS]);

test("the contract and the tree have the same leaves", async () => {
  for (const index of [0, 7, 255, 256, 299]) {
    expect(await chain.read(claims, "leafOf", [entryAt(index)])).toBe(toHex(await leafOf(format, rowAt(index), index)));
  }
});

test("a root waits for its review on a real chain", async () => {
  await expect(chain.send(relayer(), claims, "open", [tree.root])).rejects.toThrow("SnapshotClaimsInReview");
  await expect(claim(caller(), 7)).rejects.toThrow("SnapshotClaimsClosed(0)");
  await chain.advanceSeconds(REVIEW_SECONDS);
  await chain.send(relayer(), claims, "open", [tree.root]);
});

test("an account claims with the proof of the tree, once, and has its stake, tokens and fees", async () => {
  const before = await chain.rpc.balanceWei(claims.address);
  await expect(claim(caller(), 7, tree.proofAt(8))).rejects.toThrow("SnapshotClaimsInvalidProof(7)");
  const receipt = await claim(caller(), 7);
  expect(chain.event(receipt, claims, "Claimed").toArray()).toEqual([7n, caller().address, transcoder().address, caller().address, LPT + 7n, 7_000n, 1n]);
  expect(await protocol.pendingStake(caller())).toBe(LPT + 7n);
  expect(await chain.readNumber(protocol.token, "balanceOf", [caller().address])).toBe(7_000n);
  expect(before - (await chain.rpc.balanceWei(claims.address))).toBe(1n);
  await expect(claim(caller(), 7)).rejects.toThrow("SnapshotClaimsAlreadyClaimed(7)");
  expect([await chain.read(claims, "isClaimed", [7]), await chain.read(claims, "isClaimed", [263])]).toEqual([true, false]);
});

test("another sends the claim that an account signed as typed data", async () => {
  const choice = [ZeroAddress, relayer().address];
  const deadline = 2n ** 40n;
  const types = {
    Claim: ["bytes32 snapshotId", "uint256 index", "address account", "address delegate", "address recipient", "uint256 deadline"].map((field) => {
      const [type = "", name = ""] = field.split(" ");
      return { type, name };
    }),
  };
  const message = { snapshotId: SNAPSHOT_ID, index: 299, account: signer().address, delegate: choice[0], recipient: choice[1], deadline };
  const sign = (claimChainId: bigint): Promise<string> =>
    signer().wallet.signTypedData({ name: "SnapshotClaims", version: "1", chainId: claimChainId, verifyingContract: claims.address }, types, message);
  const send = async (signature: string): Promise<Receipt> =>
    chain.send(relayer(), claims, "claimFor", [entryAt(299), tree.proofAt(299), choice, NO_HINTS, deadline, signature]);

  await expect(send(await sign(chainId + 1n))).rejects.toThrow(`SnapshotClaimsInvalidSignature(${signer().address})`);
  await send(await sign(chainId));
  expect(await protocol.pendingStake(signer())).toBe(LPT + 299n);
  expect(await chain.readNumber(protocol.token, "balanceOf", [relayer().address])).toBe(299_000n);
  expect(await chain.read(claims, "isClaimed", [299])).toBe(true);
  expect(await chain.read(claims, "root")).not.toBe(ZeroHash);
});
