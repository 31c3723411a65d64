import { describe, expect, it } from "vitest";
import { ZERO_HASH } from "../../../../src/protocol/hex.ts";
import { blockFieldsSchema, hashHeader, toBlockHeader, type BlockFields } from "../../../../src/snapshot/trie/block-header.ts";
import { EMPTY_TRIE } from "../../../../src/snapshot/trie/trie-proof.ts";

/** What the blocks below have in common: each is the first of a chain, with one transfer in it. */
const SHARED = {
  sha3Uncles: "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
  miner: `0x${"0".repeat(40)}`,
  transactionsRoot: "0x6dd9a37bc24f352bcab791cc4ff2ed174a0ab4ea0d24910a1c27eb24435f9d4f",
  receiptsRoot: "0xf78dfb743fbd92ade140711c8bbc542b5e307f0ab7984eff35d751969fe57efa",
  logsBloom: `0x${"0".repeat(512)}`,
  difficulty: "0x0",
  number: "0x1",
  gasLimit: "0x1c9c380",
  gasUsed: "0x5208",
  extraData: "0x",
  nonce: "0x0000000000000000",
  baseFeePerGas: "0x3b9aca00",
  // What nodes answer beside the header, and no hash covers.
  totalDifficulty: "0x0",
  size: "0x276",
  uncles: [],
  transactions: ["0xa23b52004fe574000765fbe20a311b2785a318c9dbe6b0bf6a4c1f8936f57ff3"],
};

/** As anvil 1.7.1 gives them under the rules of these forks. */
const BLOCKS = {
  London: {
    ...SHARED,
    hash: "0xd549ad997854027e392a02c23ce846d563d21bb6f96710cd648dd40d20fc52d8",
    parentHash: "0x3ab9a5f69f3310062124172ee6a59a46895c6ad699d58a67400774aa20010ece",
    stateRoot: "0x798761df89ee9b577288c7219d9ed036cd1bf91fb4d2ac5bf1a8c65c2cafa69d",
    timestamp: "0x6b041785",
    mixHash: "0x20a5e98950ccd75b4e16ea60c4d30523a85119feefa058c2ba5403f15739f749",
  },
  Shanghai: {
    ...SHARED,
    hash: "0xcbcb75ae6bbdcb88c64456f631f1551f405a64e838ee69998079a7c5506c3220",
    parentHash: "0x8bc8a5c4c69d0522844104e3bcfddf993d65547164290b7d572b31f8a2db8003",
    stateRoot: "0x798761df89ee9b577288c7219d9ed036cd1bf91fb4d2ac5bf1a8c65c2cafa69d",
    timestamp: "0x6b041786",
    mixHash: "0x00f63c2b64b9025c50547d522ae6af8e4a280e6808003a6863882f04600032e2",
    withdrawalsRoot: EMPTY_TRIE,
    withdrawals: [],
  },
  Cancun: {
    ...SHARED,
    hash: "0xb3c675f5b8ed75306b742ba980b2ff37ea3e607e765f86f72df7ba3462da0c22",
    parentHash: "0x531694eb5b4118787aba62ce94a9ab70ed0f1235c725f0c9cbe0ec8ed08b3f3d",
    stateRoot: "0x798761df89ee9b577288c7219d9ed036cd1bf91fb4d2ac5bf1a8c65c2cafa69d",
    timestamp: "0x6b041787",
    mixHash: "0xa3ae895ff69e37f4329ce52a092356ec3d4db569c4f48e06d8a304d2c09a3957",
    withdrawalsRoot: EMPTY_TRIE,
    blobGasUsed: "0x0",
    excessBlobGas: "0x0",
    parentBeaconBlockRoot: ZERO_HASH,
    withdrawals: [],
  },
  Prague: {
    ...SHARED,
    hash: "0xee27217d1d4979141c8f076ac944068cc7ad4aa602895f8d6de2d81cf1c55e51",
    parentHash: "0x680c4e16c625b6e5303be4c1c02635912f7e12a373dea0c322253c57fa51702f",
    stateRoot: "0xca9d30662abc016ba55cbd7accd2c9176452adeec1ef10d4dfb9ade763bf4bf2",
    timestamp: "0x6b041788",
    mixHash: "0xd6a05188ad05e8eb3f4794f9f1a5b33d0ce558e80264a90a854c715e16912807",
    withdrawalsRoot: EMPTY_TRIE,
    blobGasUsed: "0x0",
    excessBlobGas: "0x0",
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    withdrawals: [],
  },
};

/** Fields that a header may lack, by the fork that brought them. */
const LATER = ["withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash"] as const;

describe("hashHeader", () => {
  it.each(Object.entries(BLOCKS))("gives a block of %s the hash it has", (_fork, fields) => {
    const block = blockFieldsSchema.parse(fields);
    expect(hashHeader(block)).toBe(fields.hash);
    expect(toBlockHeader(block)).toEqual({ number: 1n, hash: fields.hash, timestampSeconds: BigInt(fields.timestamp), stateRoot: fields.stateRoot, baseFeePerGas: 1_000_000_000n });
  });

  it("gives another hash when any one field is another, or one is there too few", () => {
    const block = blockFieldsSchema.parse(BLOCKS.Prague);
    for (const [name, value = ""] of Object.entries(block)) {
      if (name === "hash") continue;
      const changed: BlockFields = { ...block, [name]: value === "0x" ? "0x01" : `${value.slice(0, -1)}${value.endsWith("1") ? "2" : "1"}` };
      expect(hashHeader(changed), name).not.toBe(block.hash);
    }
    for (const name of LATER) expect(hashHeader({ ...block, [name]: undefined } as BlockFields), name).not.toBe(block.hash);
  });

  it("gives the first block of the main network the hash that everybody knows", () => {
    const genesis = blockFieldsSchema.parse({
      hash: "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
      parentHash: ZERO_HASH,
      sha3Uncles: "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
      miner: `0x${"0".repeat(40)}`,
      stateRoot: "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
      transactionsRoot: EMPTY_TRIE,
      receiptsRoot: EMPTY_TRIE,
      logsBloom: `0x${"0".repeat(512)}`,
      difficulty: "0x400000000",
      number: "0x0",
      gasLimit: "0x1388",
      gasUsed: "0x0",
      timestamp: "0x0",
      extraData: "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
      mixHash: ZERO_HASH,
      nonce: "0x0000000000000042",
    });
    expect(hashHeader(genesis)).toBe(genesis.hash);
  });
});
