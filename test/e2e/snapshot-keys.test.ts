import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Rpc } from "../../src/chain/rpc.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { SUITE } from "../../src/protocol/suite.ts";
import { compileUnits } from "../../src/solidity/compile.ts";
import type { CompiledUnit } from "../../src/solidity/compiled-unit.ts";
import { discoverPreimages, sourceOf } from "../../src/snapshot/keys/discover-preimages.ts";
import { enumerateWords } from "../../src/snapshot/keys/enumerate-slots.ts";
import { findContracts } from "../../src/snapshot/keys/find-contracts.ts";
import { storageProofSchema, storageRootOf } from "../../src/snapshot/trie/storage-root.ts";
import { readWrittenZeros } from "../../src/snapshot/trie/written-zeros.ts";
import { startActorChain, type ActorChain } from "./actor-chain.ts";
import { COMPILE_CACHES, ROOT } from "./local-project.ts";

let launch: ActorChain;
let current: ActorChain;
let units: CompiledUnit[];

beforeAll(async () => {
  units = await compileUnits({ root: ROOT, targets: SUITE.map(({ name, source }) => ({ source, contract: name })), cacheFolders: COMPILE_CACHES });
  [launch, current] = await Promise.all([startActorChain("launch"), startActorChain("current")]);
  const [a, b] = [await launch.enter({ jobsPerRound: 2 }), await current.enter({})];
  await a.playRounds(4);
  await b.playRounds(4);
}, 120_000);
afterAll(() => Promise.all([launch.anvil.stop(), current.anvil.stop()]));

async function differing(rpc: Rpc, controller: Address): Promise<Record<string, unknown>> {
  await rpc.request("evm_mine", [], z.unknown());
  const block = await rpc.block("latest");
  const zeros = await readWrittenZeros(rpc);
  const contracts = await findContracts(rpc, block, controller, units);
  console.log(contracts.map(({ name, layoutOf }) => `${name} ${layoutOf}`).join("\n"));
  const preimages = await discoverPreimages(rpc, block, contracts);
  console.log(preimages.addresses.length, preimages.words.length, preimages.together.length);
  const source = sourceOf(rpc, block);
  const wrong: Record<string, unknown> = {};
  for (const contract of contracts) {
    const { storageHash } = await rpc.request("eth_getProof", [contract.address, [], "latest"], storageProofSchema);
    const words = await enumerateWords(source, contract, preimages);
    const root = await storageRootOf(words, zeros.get(contract.address) ?? []);
    if (root !== storageHash) wrong[contract.name] = `${words.count}`;
    const few = await enumerateWords(source, contract, preimages, { triedAnyway: 0, triedEachWithEach: 0 });
    if ((await storageRootOf(few, zeros.get(contract.address) ?? [])) !== storageHash) wrong[`${contract.name} few`] = `${few.count} of ${words.count}`;
  }
  return wrong;
}

test.each(["launch", "current"] as const)("the root of every contract of the %s protocol is rebuilt", async (profile) => {
  const chain = profile === "launch" ? launch : current;
  expect(await differing(chain.rpc, chain.protocol.controller)).toEqual({});
});
