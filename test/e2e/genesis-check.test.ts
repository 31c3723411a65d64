import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { formatTag } from "../../src/chain/rpc.ts";
import { readDeployerFindings } from "../../src/genesis/check-genesis-chain.ts";
import { checkGenesis } from "../../src/genesis/check-genesis.ts";
import { loadGenesis } from "../../src/genesis/load-genesis-file.ts";
import { assessGenesis } from "../../src/genesis/open-genesis.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { exampleText, SMALL, BANK, CAROL, GOVERNANCE, withMerkleMine, ALICE } from "../unit/genesis/genesis-text.ts";
import { COMPILE_CACHES } from "./local-project.ts";
import { startGenesisProject, type GenesisProject } from "./genesis-project.ts";

let chain: GenesisProject;
let folder: string;
/** By the chain's clock. */
let now: bigint;
let head: bigint;
let files = 0;

beforeAll(async () => {
  [chain, folder] = await Promise.all([startGenesisProject(), mkdtemp(join(tmpdir(), "lpctl-check-"))]);
});
afterAll(async () => {
  await chain.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  const block = await chain.rpc.block("latest");
  [now, head] = [block.timestampSeconds, block.number];
});

/** The small genesis for this chain, and what is changed of it. */
async function load(change: (text: string) => string = (text) => text, text = SMALL): ReturnType<typeof loadGenesis> {
  const path = join(folder, `${files++}.yaml`);
  await writeFile(join(folder, "recipients.txt"), `${ALICE}\n`);
  const own = text.replace(BANK, chain.safe).replace(GOVERNANCE, chain.safe).replace(/start: 2.*/, `start: ${now + 86_400n}`);
  await writeFile(path, change(own));
  return loadGenesis(path);
}

/** `refuse 5:10 title`; of one code, where it is given. */
async function findingsOf(loaded: Awaited<ReturnType<typeof load>>, severities = ["refuse", "warning"], nowSeconds = now): Promise<string[]> {
  const found = await checkGenesis(loaded, { rpc: chain.rpc, nowSeconds });
  return found
    .filter(({ severity, code }) => severities.includes(severity) && code !== "genesis-one-multisig")
    .map(({ severity, line, column, title }) => `${severity} ${line}:${column} ${title}`);
}

async function setCode(address: string, code: string): Promise<void> {
  await chain.rpc.request("anvil_setCode", [address, code], z.unknown());
}

describe("the check of a genesis against its chain", () => {
  test("finds nothing wrong with a Safe as bank and owner, and shows who signs there", async () => {
    expect(await findingsOf(await load(), ["refuse", "warning", "info"])).toEqual([
      "info 28:15 The bank multisig is a Safe 1.4.1: 2 of 3 owners.",
      "info 30:13 The governance multisig is a Safe 1.4.1: 2 of 3 owners.",
    ]);
  });

  test("refuses another chain than the file's", async () => {
    expect(await findingsOf(await load((text) => text.replace("chainId: 31337", "chainId: 5")))).toEqual(["refuse 2:10 This genesis is for chain 5, and the network is chain 31337."]);
  });

  test("goes by the clock of the chain, and says when that of the machine is another", async () => {
    const loaded = await load((text) => text.replace(/start: .*/, `start: ${now}`));
    const yesterday = now - 86_400n;
    const [refusal, warning, ...rest] = await findingsOf(loaded, undefined, yesterday);
    expect(refusal).toMatch(/^refuse 12:10 The grants start at (\S+), and the time of block \d+ is \1\.$/);
    expect(warning).toBe("warning undefined:undefined The chain's clock is 1 day ahead of that of this machine.");
    expect(rest).toEqual([]);
    expect(await findingsOf(await load(), undefined, now + 901n)).toEqual(["warning undefined:undefined The chain's clock is 901 seconds behind that of this machine."]);
  });

  test("leaves time to send everything before the grants start", async () => {
    expect(await findingsOf(await load((text) => text.replace(/start: .*/, `start: ${now + 600n}`)))).toEqual([
      expect.stringMatching(/^refuse 12:10 The grants start at \S+, in 10 minutes, and sending 64 transactions may take 16 minutes\.$/),
    ]);
  });

  test("looks where the chain is, for a MerkleMine", async () => {
    const text = withMerkleMine().replace("genesisBlock: 900", `genesisBlock: ${head + 1n}`).replace("500_000", `${head + 64n}`);
    expect(await findingsOf(await load(undefined, text))).toEqual([
      `refuse 29:17 Block ${head + 1n} is not mined yet: the chain is at ${head}.`,
      `refuse 31:31 Callers may claim from block ${head + 64n} on, and the chain is at ${head}, perhaps ${head + 64n} before all is sent.`,
    ]);
    const possible = withMerkleMine().replace("genesisBlock: 900", `genesisBlock: ${head}`).replace("500_000", `${head + 65n}`);
    expect(await findingsOf(await load(undefined, possible))).toEqual([]);
  });

  test("refuses a multisig that is not there, and doubts one that is no Safe", async () => {
    const contract = "0x00000000000000000000000000000000000C0de1" as Address;
    await setCode(contract, "0x6001");
    const found = await findingsOf(await load((text) => text.replace(`bankMultisig: "${chain.safe}"`, `bankMultisig: "${BANK}"`).replace(`multisig: "${chain.safe}"`, `multisig: "${contract.toLowerCase()}"`)));
    expect(found).toContain(`refuse 28:15 The bank multisig, ${BANK}, is not a contract on this chain.`);
    expect(found).toContainEqual(expect.stringMatching(/^warning 30:13 The governance multisig, 0x0+C0dE1, is a contract and no Safe: who can move it is not known\.$/i));
  });

  test("refuses a contract as a receiver, and names accounts that are more than a key", async () => {
    await setCode(CAROL, "0x6001");
    expect(await findingsOf(await load())).toEqual([`refuse 23:19 Receiver 1 of investors, ${CAROL}, is a contract.`]);
    await setCode(CAROL, `0xef0100${"ab".repeat(20)}`);
    expect(await findingsOf(await load())).toEqual([`warning 23:19 Receiver 1 of investors, ${CAROL}, is an account that runs the code of 0x${"ab".repeat(20)} (EIP-7702).`]);
    await setCode(CAROL, "0x");
    expect(await findingsOf(await load((text) => text.replace(CAROL, chain.safe)))).toEqual([
      "warning 23:19 Receiver 1 of investors is the bank multisig.",
      `warning 23:19 Receiver 1 of investors, ${chain.safe}, is a Safe.`,
    ]);
  });

  test("counts what the deployer owns against what the gas costs", async () => {
    const account = "0x00000000000000000000000000000000000DEAd1" as Address;
    const { baseFeePerGas = 0n } = await chain.rpc.block("latest");
    const withBalance = async (wei: bigint): Promise<string[]> => {
      await chain.rpc.request("anvil_setBalance", [account, formatTag(wei)], z.unknown());
      return (await readDeployerFindings(chain.rpc, account, 1_000n)).map(({ severity, title }) => `${severity} ${title.replace(/owns \S+ ETH/, "owns so much")}`);
    };
    expect(await withBalance(0n)).toEqual([`refuse The deployer ${account} owns so much, and the genesis costs more.`]);
    expect(await withBalance(baseFeePerGas * 1_000n - 1n)).toEqual([`refuse The deployer ${account} owns so much, and the genesis costs more.`]);
    expect(await withBalance(baseFeePerGas * 1_000n)).toEqual([`warning The deployer ${account} owns so much: enough only while fees stay as they are.`]);
    expect(await withBalance(baseFeePerGas * 2_000n)).toEqual([`info The deployer ${account} owns so much, enough for the genesis.`]);
  });

  test("refuses a contract as the deployer", async () => {
    const found = await readDeployerFindings(chain.rpc, chain.safe, undefined);
    expect(found).toMatchObject([{ severity: "refuse", code: "genesis-deployer-contract", title: `The deployer ${chain.safe} is a contract.` }]);
  });

  test("refuses a deployer whose transactions are still waiting", async () => {
    await chain.rpc.request("evm_setAutomine", [false], z.unknown());
    try {
      await chain.rpc.request("eth_sendTransaction", [{ from: chain.deployer, to: chain.deployer }], z.string());
      const [waiting] = await readDeployerFindings(chain.rpc, chain.deployer, undefined);
      expect(waiting).toMatchObject({ severity: "refuse", code: "genesis-deployer-busy", title: `1 transactions of the deployer ${chain.deployer} are waiting to be mined.` });
    } finally {
      await chain.rpc.request("anvil_dropAllTransactions", [], z.unknown());
      await chain.rpc.request("evm_setAutomine", [true], z.unknown());
    }
  });
});

describe("with a deployer, the check", () => {
  const assess = async (loaded: Awaited<ReturnType<typeof load>>): ReturnType<typeof assessGenesis> =>
    assessGenesis(chain.project, loaded, { deployer: chain.deployer, compilerCaches: COMPILE_CACHES, nowSeconds: now });

  test("makes the same plan of the same file, and another of another", async () => {
    const loaded = await load();
    const [first, second] = [await assess(loaded), await assess(loaded)];
    const other = await assess(await load((text) => text.replace("cliff: 1 year", "cliff: 2 years")));
    expect(first.prepared?.planHash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(second.prepared?.planHash).toBe(first.prepared?.planHash);
    expect(second.prepared?.plan.transactions).toEqual(first.prepared?.plan.transactions);
    expect(other.prepared?.planHash).not.toBe(first.prepared?.planHash);
    // Nothing was sent for it.
    expect(await chain.rpc.nonce(chain.deployer)).toBe(0n);
    // A grant to where the same plan would put a contract of its own.
    const controller = first.prepared?.suite.controller ?? "0x";
    const { findings } = await assess(await load((text) => text.replace(CAROL, controller)));
    expect(findings).toContainEqual(expect.objectContaining({ severity: "refuse", line: 23, title: `Receiver 1 of investors, ${controller}, is where this genesis would deploy Controller.` }));
  });

  test("plans a refused file no further", async () => {
    const { prepared, prediction, findings } = await assess(await load((text) => text.replace('crowd: "40"', 'crowd: "41"')));
    expect([prepared, prediction]).toEqual([undefined, undefined]);
    expect(findings[0]).toMatchObject({ severity: "refuse", code: "genesis-allocation-sum" });
  });

  test("plans the current profile too", async () => {
    const text = exampleText({ profile: "current", distribution: "faucet", startSeconds: now + 86_400n, bankMultisig: chain.safe, governanceMultisig: chain.safe });
    const { findings, prediction, prepared } = await assess(await load(undefined, text));
    expect(findings.filter(({ severity }) => severity === "refuse")).toEqual([]);
    expect(prepared?.suite.contracts).toHaveProperty("TicketBroker");
    expect(prediction?.gasUsed).toBeGreaterThan(30_000_000n);
  });
});
