import { HDNodeWallet, Interface, Mnemonic, getCreateAddress, type InterfaceAbi, type Result } from "ethers";
import { z } from "zod";
import { PUBLISHED_TEST_MNEMONIC, startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import { pollUntil } from "../../src/chain/poll.ts";
import type { Receipt, Rpc } from "../../src/chain/rpc.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import { hash32Schema, hexSchema, type Address, type Hex } from "../../src/protocol/hex.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { encodeDeployment } from "../../src/solidity/encode-deployment.ts";
import { compiledSuite } from "../unit/contracts/compiled-suite.ts";

export const LPT = 10n ** 18n;
export const ETH = 10n ** 18n;
export const GIT_HASH: Hex = `0x${"5e".repeat(20)}`;

const ACCOUNTS = 8;
const GENESIS_BLOCK = 1000n;

/** A contract on the test chain: where it is and how it is spoken to. */
export interface Deployed {
  address: Address;
  abi: Interface;
}

/** An account of the test chain, by its place in the published test mnemonic. */
export interface Account {
  address: Address;
  wallet: HDNodeWallet;
}

/** A transaction that reverted; the message is the decoded error, e.g. `JobsSameClaim(0)`. */
export class Reverted extends Error {
  readonly data: Hex;

  constructor(message: string, data: Hex) {
    super(message);
    this.data = data;
  }
}

/**
 * A local chain that mines one block per transaction, and the contracts of the suite. Errors of every contract are
 * known, so that a revert in a contract behind another is told by its own name.
 */
export class ContractsChain {
  readonly rpc: Rpc;
  readonly accounts: Account[];
  readonly #anvil: Anvil;
  readonly #artifactOf: (name: string) => Artifact;
  readonly #errors: Interface[] = [];

  private constructor(anvil: Anvil, artifactOf: (name: string) => Artifact) {
    this.#anvil = anvil;
    this.rpc = anvil.rpc;
    this.#artifactOf = artifactOf;
    const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(PUBLISHED_TEST_MNEMONIC), "m/44'/60'/0'/0");
    this.accounts = Array.from({ length: ACCOUNTS }, (_, index) => {
      const wallet = root.deriveChild(index);
      return { wallet, address: wallet.address as Address };
    });
  }

  static async start(): Promise<ContractsChain> {
    const [anvil, artifactOf] = await Promise.all([
      startAnvil({ accounts: ACCOUNTS, genesisBlock: GENESIS_BLOCK }),
      compiledSuite(),
    ]);
    return new ContractsChain(anvil, artifactOf);
  }

  stop(): Promise<void> {
    return this.#anvil.stop();
  }

  account(index: number): Account {
    const account = this.accounts[index];
    if (account === undefined) throw new Error(`no account ${index}`);
    return account;
  }

  deploy(from: Account, name: string, args: unknown[] = []): Promise<Deployed> {
    return this.deployArtifact(from, this.#artifactOf(name), args);
  }

  async deployArtifact(from: Account, artifact: Artifact, args: unknown[] = []): Promise<Deployed> {
    const nonce = await this.rpc.nonce(from.address);
    await this.#transact(from, null, encodeDeployment(artifact, args), 0n);
    return this.#known(getCreateAddress({ from: from.address, nonce }) as Address, artifact);
  }

  /** The contract `name` at an address, perhaps that of a proxy. */
  at(address: Address, name: string): Deployed {
    return this.#known(address, this.#artifactOf(name));
  }

  /** @throws Reverted */
  send(from: Account, to: Deployed, name: string, args: unknown[] = [], valueWei = 0n): Promise<Receipt> {
    return this.#transact(from, to.address, encode(to, name, args), valueWei);
  }

  /** Values of a view function; the value itself when it has only one. */
  async read(from: Deployed, name: string, args: unknown[] = []): Promise<Result> {
    const data = await this.rpc.call({ to: from.address, data: encode(from, name, args) });
    const result = from.abi.decodeFunctionResult(name, data);
    return (result.length === 1 ? result[0] : result) as Result;
  }

  async readNumber(from: Deployed, name: string, args: unknown[] = []): Promise<bigint> {
    return BigInt(String(await this.read(from, name, args)));
  }

  async mine(blocks: bigint): Promise<void> {
    await this.rpc.request("anvil_mine", [`0x${blocks.toString(16)}`], z.unknown());
  }

  /** Moves the chain's clock, for delays that are counted in time. */
  async advanceSeconds(seconds: bigint): Promise<void> {
    await this.rpc.request("evm_increaseTime", [`0x${seconds.toString(16)}`], z.unknown());
    await this.mine(1n);
  }

  /** Mines so that the next transaction is in `block`. */
  async mineUpTo(block: bigint): Promise<void> {
    const missing = block - 1n - (await this.rpc.blockNumber());
    if (missing > 0n) await this.mine(missing);
  }

  /** Arguments of the first event `name` of `contract` in a receipt. */
  event(receipt: Receipt, contract: Deployed, name: string): Result {
    for (const log of receipt.logs) {
      if (log.address.toLowerCase() !== contract.address.toLowerCase()) continue;
      const parsed = contract.abi.parseLog({ topics: log.topics, data: log.data });
      if (parsed?.name === name) return parsed.args;
    }
    throw new Error(`no event ${name}`);
  }

  describeError(data: Hex): string {
    // A string need not be text: the Governor's is the raw revert data of another contract.
    if (data.startsWith("0x08c379a0")) return "Error(string)";
    for (const abi of this.#errors) {
      const parsed = abi.parseError(data);
      if (parsed !== null) return `${parsed.name}(${parsed.args.join(",")})`;
    }
    return data;
  }

  #known(address: Address, artifact: Artifact): Deployed {
    const abi = new Interface(artifact.abi as InterfaceAbi);
    this.#errors.push(abi);
    return { address, abi };
  }

  async #transact(from: Account, to: Address | null, data: Hex, valueWei: bigint): Promise<Receipt> {
    const hash = await this.rpc.request(
      "eth_sendTransaction",
      [{ from: from.address, ...(to === null ? {} : { to }), data, value: `0x${valueWei.toString(16)}`, gas: "0xe4e1c0" }],
      hash32Schema,
    );
    const receipt = await pollUntil(async () => (await this.rpc.receipt(hash)) ?? undefined, {
      deadlineMs: 10_000,
      intervalMs: 2,
      what: "a receipt",
    });
    if (receipt.status === "success") return receipt;
    const trace = await this.rpc.request(
      "debug_traceTransaction",
      [hash, { tracer: "callTracer" }],
      z.looseObject({ output: hexSchema.optional() }),
    );
    const output = trace.output ?? "0x";
    throw new Reverted(this.describeError(output), output);
  }
}

function encode(contract: Deployed, name: string, args: unknown[]): Hex {
  return contract.abi.encodeFunctionData(name, args) as Hex;
}

export interface ProtocolOptions {
  supplyWei: bigint;
  inflationPpm: bigint;
  inflationChangePpm: bigint;
  poolSize: bigint;
}

/** Round length on the test chain. Longer than any test needs within one round. */
export const ROUND_BLOCKS = 200n;

/** The whole suite, unpaused, owned by account 0, which also holds the supply. */
export class Protocol {
  readonly chain: ContractsChain;
  readonly owner: Account;
  controller!: Deployed;
  token!: Deployed;
  minter!: Deployed;
  rounds!: Deployed;
  bonding!: Deployed;
  jobs!: Deployed;

  private constructor(chain: ContractsChain) {
    this.chain = chain;
    this.owner = chain.account(0);
  }

  static async deploy(chain: ContractsChain, options: ProtocolOptions): Promise<Protocol> {
    const protocol = new Protocol(chain);
    await protocol.#deploy(options);
    return protocol;
  }

  async #deploy({ supplyWei, inflationPpm, inflationChangePpm, poolSize }: ProtocolOptions): Promise<void> {
    const { chain, owner } = this;
    this.controller = await chain.deploy(owner, "Controller");
    const controller = this.controller.address;
    this.token = await chain.deploy(owner, "LivepeerToken");
    this.minter = await chain.deploy(owner, "Minter", [controller, inflationPpm, inflationChangePpm, 500_000n]);
    await this.register("LivepeerToken", this.token.address);
    await this.register("Minter", this.minter.address);
    this.rounds = await this.deployProxied("RoundsManager");
    this.bonding = await this.deployProxied("BondingManager");
    this.jobs = await this.deployProxied("JobsManager");

    await this.set(this.rounds, "setRoundLength", ROUND_BLOCKS);
    await this.set(this.rounds, "setRoundLockAmount", 100_000n);
    await this.set(this.bonding, "setUnbondingPeriod", 2n);
    await this.set(this.bonding, "setNumActiveTranscoders", poolSize);
    await this.set(this.jobs, "setVerificationRate", 1n);
    await this.set(this.jobs, "setVerificationPeriod", 10n);
    await this.set(this.jobs, "setVerificationSlashingPeriod", 10n);
    await this.set(this.jobs, "setFailedVerificationSlashAmount", 10_000n);
    await this.set(this.jobs, "setMissedVerificationSlashAmount", 20_000n);
    await this.set(this.jobs, "setDoubleClaimSegmentSlashAmount", 30_000n);
    await this.set(this.jobs, "setFinderFee", 50_000n);
    await chain.send(owner, this.token, "mint", [owner.address, supplyWei]);
    await chain.send(owner, this.token, "transferOwnership", [this.minter.address]);
    await chain.send(owner, this.controller, "unpause");
  }

  /** Deploys the contract `name` behind a proxy of its own, and registers both. */
  async deployProxied(name: string): Promise<Deployed> {
    const target = await this.chain.deploy(this.owner, name, [this.controller.address]);
    await this.register(`${name}Target`, target.address);
    const targetId = contractId(`${name}Target`);
    const proxy = await this.chain.deploy(this.owner, "ManagerProxy", [this.controller.address, targetId]);
    await this.register(name, proxy.address);
    return this.chain.at(proxy.address, name);
  }

  register(name: string, address: Address): Promise<Receipt> {
    return this.chain.send(this.owner, this.controller, "setContractInfo", [contractId(name), address, GIT_HASH]);
  }

  set(contract: Deployed, setter: string, value: bigint): Promise<Receipt> {
    return this.chain.send(this.owner, contract, setter, [value]);
  }

  /** Goes to the first block of the next round and begins it. */
  async nextRound(): Promise<void> {
    const start = await this.chain.readNumber(this.rounds, "currentRoundStartBlock");
    await this.chain.mineUpTo(start + ROUND_BLOCKS);
    await this.chain.send(this.owner, this.rounds, "initializeRound");
  }

  /** Gives `account` tokens and bonds them to `to`. */
  async bond(account: Account, amountWei: bigint, to: Account): Promise<Receipt> {
    const { chain, owner, token, bonding } = this;
    await chain.send(owner, token, "transfer", [account.address, amountWei]);
    await chain.send(account, token, "approve", [bonding.address, amountWei]);
    return chain.send(account, bonding, "bond", [amountWei, to.address]);
  }

  pendingStake(account: Account): Promise<bigint> {
    return this.chain.readNumber(this.bonding, "pendingStake", [account.address, 0n]);
  }

  pendingFees(account: Account): Promise<bigint> {
    return this.chain.readNumber(this.bonding, "pendingFees", [account.address, 0n]);
  }
}
