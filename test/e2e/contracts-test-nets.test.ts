import { keccak256 } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, ContractsChain, LPT, Protocol, ROUND_BLOCKS, type Deployed } from "./contracts-chain.ts";

let chain: ContractsChain;
const owner = (): Account => chain.account(0);
const asker = (): Account => chain.account(1);

beforeAll(async () => {
  chain = await ContractsChain.start();
});
afterAll(() => chain.stop());

describe("the faucet", () => {
  let token: Deployed;
  let faucet: Deployed;
  const ask = () => chain.send(asker(), faucet, "request");

  beforeAll(async () => {
    token = await chain.deploy(owner(), "LivepeerToken");
    faucet = await chain.deploy(owner(), "LivepeerTokenFaucet", [token.address, 10n * LPT, 2n]);
    await chain.send(owner(), token, "mint", [faucet.address, 45n * LPT]);
  });

  test("gives the same amount to whoever asks, once in so many hours", async () => {
    const receipt = await ask();
    expect(chain.event(receipt, faucet, "Request").toArray()).toEqual([asker().address, 10n * LPT]);
    await chain.advanceSeconds(2n * 3_600n - 60n);
    await expect(ask()).rejects.toThrow("FaucetTooEarly");
    await chain.advanceSeconds(60n);
    await ask();
    expect(await chain.readNumber(token, "balanceOf", [asker().address])).toBe(20n * LPT);
  });

  test("lets those on its owner's list ask at any time, until it is empty", async () => {
    await expect(chain.send(asker(), faucet, "addToWhitelist", [asker().address])).rejects.toThrow("OwnerUnauthorized");
    await expect(chain.send(owner(), faucet, "removeFromWhitelist", [asker().address])).rejects.toThrow("FaucetWhitelistUnchanged");
    await chain.send(owner(), faucet, "addToWhitelist", [asker().address]);
    await expect(chain.send(owner(), faucet, "addToWhitelist", [asker().address])).rejects.toThrow("FaucetWhitelistUnchanged");
    await ask();
    await ask();
    await expect(ask()).rejects.toThrow("ERC20InsufficientBalance");
    await chain.send(owner(), faucet, "removeFromWhitelist", [asker().address]);
    await expect(ask()).rejects.toThrow("FaucetTooEarly");
  });
});

describe("the RoundsManager whose clock can be turned", () => {
  test("lets rounds pass and rewards be minted without a block being mined", async () => {
    const protocol = await Protocol.deploy(chain, { supplyWei: 10_000n * LPT, inflationPpm: 1_000n, inflationChangePpm: 0n, poolSize: 1n });
    const target = await chain.deploy(owner(), "AdjustableRoundsManager", [protocol.controller.address]);
    await protocol.register("RoundsManagerTarget", target.address);
    const rounds = chain.at(protocol.rounds.address, "AdjustableRoundsManager");
    const first = 1_000n * ROUND_BLOCKS;
    const hash = keccak256("0x5e");
    await chain.send(asker(), rounds, "setBlockNum", [first]);
    await chain.send(asker(), rounds, "setBlockHash", [hash]);
    const round = await chain.readNumber(rounds, "currentRound");
    expect(await chain.readNumber(rounds, "currentRoundStartBlock")).toBe(first);

    const receipt = await chain.send(asker(), rounds, "initializeRound");
    expect(chain.event(receipt, rounds, "NewRound").toArray()).toEqual([round, hash]);
    await protocol.bond(asker(), LPT, asker());
    await chain.send(asker(), rounds, "mineBlocks", [ROUND_BLOCKS]);
    expect(await chain.readNumber(rounds, "blockNum")).toBe(first + ROUND_BLOCKS);
    expect(await chain.readNumber(rounds, "currentRound")).toBe(round + 1n);
    await chain.send(asker(), rounds, "initializeRound");
    await chain.send(asker(), protocol.bonding, "reward");
    expect(await protocol.pendingStake(asker())).toBe(11n * LPT);

    expect(await chain.read(rounds, "blockHash", [first + ROUND_BLOCKS - 256n])).toBe(hash);
    for (const block of [first + ROUND_BLOCKS, first + ROUND_BLOCKS - 257n]) {
      await expect(chain.read(rounds, "blockHash", [block])).rejects.toThrow();
    }
  });
});
