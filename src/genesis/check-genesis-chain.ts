import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { formatUnits } from "ethers";
import { LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import { hash32Schema, type Address, type Hex } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import { isSafe, readSafe } from "../safe/read-safe.ts";
import { multisigsOf, receiversOf, type NamedAddress } from "./check-genesis-receivers.ts";
import { checkGrantsStart } from "./check-genesis-time.ts";
import type { GenesisFindings } from "./genesis-findings.ts";
import type { ParsedGenesis } from "./parse-genesis-file.ts";

/** EIP-7702: an account with a key that borrows the code of a contract. */
const DELEGATED = "0xef0100";
const FUNDS = "genesis-deployer-funds";

/**
 * What only the chain knows: its clock and height, where there is code, who the multisigs are.
 * @param transactions how many there are to be sent; each may take a block and some time
 */
export async function readGenesisFindings(rpc: Rpc, parsed: ParsedGenesis, findings: GenesisFindings, clock: { nowSeconds: bigint; transactions: number }): Promise<void> {
  const [chainId, head, blockNumber] = await Promise.all([rpc.chainId(), rpc.block("latest"), readContractBlock(rpc)]);
  if (chainId !== parsed.file.chainId) {
    findings.add("refuse", "genesis-other-chain", ["chainId"], `This genesis is for chain ${parsed.file.chainId}, and the network is chain ${chainId}.`);
    return;
  }
  checkGrantsStart(parsed, findings, { ...clock, block: head });
  checkBlocks(parsed, blockNumber, clock.transactions, findings);
  await Promise.all(multisigsOf(parsed).map((multisig) => readMultisig(rpc, multisig, findings)));
  await readReceivers(rpc, receiversOf(parsed), findings);
}

/** NUMBER, MSTORE, RETURN: code that gives the number of the block it is run in. */
const GIVE_BLOCK_NUMBER: Hex = "0x4360005260206000f3";

/** The block's number as contracts see it: on Arbitrum that of Ethereum. */
async function readContractBlock(rpc: Rpc): Promise<bigint> {
  return BigInt(await rpc.request("eth_call", [{ data: GIVE_BLOCK_NUMBER }, "latest"], hash32Schema));
}

function checkBlocks({ file: { distribution } }: ParsedGenesis, head: bigint, transactions: number, findings: GenesisFindings): void {
  if (distribution.kind === "faucet") return;
  if (distribution.genesisBlock > head) {
    findings.add("refuse", "genesis-block-ahead", ["distribution", "genesisBlock"], `Block ${distribution.genesisBlock} is not mined yet: the chain is at ${head}.`, "The MerkleMine would revert when it is deployed.");
  }
  // Each transaction may need a block of its own before the MerkleMine is deployed.
  const reached = head + BigInt(transactions);
  if (distribution.callerAllocationStartBlock <= reached) {
    findings.add(
      "refuse",
      "genesis-caller-block-passed",
      ["distribution", "callerAllocationStartBlock"],
      `Callers may claim from block ${distribution.callerAllocationStartBlock} on, and the chain is at ${head}${transactions === 0 ? "" : `, perhaps ${reached} before all is sent`}.`,
      "The MerkleMine would revert when it is deployed; in 2018 it was 500,000 blocks ahead.",
    );
  }
}

async function readMultisig(rpc: Rpc, { address, keyPath, what }: NamedAddress, findings: GenesisFindings): Promise<void> {
  const code = await rpc.code(address);
  if (code === "0x" || code.startsWith(DELEGATED)) {
    findings.add("refuse", "genesis-multisig-missing", keyPath, `${what}, ${address}, is not a contract on this chain.`, "An address from another chain, or one that nobody has deployed yet? What it is given could be lost.");
    return;
  }
  if (!(await isSafe(rpc, address))) {
    const [owner] = (await tryReadFunction(rpc, address, "function owner() view returns (address)")) ?? [];
    findings.add("warning", "genesis-multisig-unknown", keyPath, `${what}, ${address}, is a contract and no Safe: who can move it is not known.`, owner === undefined ? undefined : `It says that its owner is ${String(owner)}.`);
    return;
  }
  try {
    const { owners, threshold, version, modules } = await readSafe(rpc, address);
    const words = `${what} is a Safe ${version}: ${threshold} of ${owners.length} owners.`;
    const detail = `${owners.join(", ")}${modules.length === 0 ? "" : `; modules that act without them: ${modules.join(", ")}`}`;
    findings.add(threshold === 1n || modules.length > 0 ? "warning" : "info", "genesis-multisig-safe", keyPath, words, detail);
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    findings.add("refuse", "genesis-multisig-doubtful", keyPath, `${what}, ${address}, claims to be a Safe: ${error.message}.`, error.why);
  }
}

/** A contract that does not know the token can never move what its vesting contract pays out to it. */
async function readReceivers(rpc: Rpc, receivers: readonly NamedAddress[], findings: GenesisFindings): Promise<void> {
  const codes = await Promise.all(receivers.map(({ address }) => rpc.code(address)));
  for (const [index, receiver] of receivers.entries()) {
    const code: Hex = codes[index] ?? "0x";
    if (code === "0x") continue;
    const { address, keyPath, what } = receiver;
    if (code.startsWith(DELEGATED)) {
      findings.add("warning", "genesis-receiver-delegated", keyPath, `${what}, ${address}, is an account that runs the code of 0x${code.slice(8)} (EIP-7702).`);
    } else if (await isSafe(rpc, address)) {
      findings.add("warning", "genesis-receiver-safe", keyPath, `${what}, ${address}, is a Safe.`, "It can move tokens. Is it on this chain under the same owners as where the address is from?");
    } else {
      findings.add("refuse", "genesis-receiver-contract", keyPath, `${what}, ${address}, is a contract.`, "One that cannot send tokens on would lock its grant for ever.");
    }
  }
}

/**
 * Whether the deployer can send it all: addresses follow from its nonce, and every transaction costs gas.
 * @param gas of all transactions; undefined while it is not known
 */
export async function readDeployerFindings(rpc: Rpc, deployer: Address, gas: bigint | undefined): Promise<Finding[]> {
  const [head, code, balanceWei, latest, pending] = await Promise.all([
    rpc.block("latest"),
    rpc.code(deployer),
    rpc.balanceWei(deployer),
    rpc.nonce(deployer, "latest"),
    rpc.nonce(deployer, "pending"),
  ]);
  const findings: Finding[] = [];
  if (pending !== latest) {
    findings.push({
      severity: "refuse",
      code: "genesis-deployer-busy",
      title: `${pending - latest} transactions of the deployer ${deployer} are waiting to be mined.`,
      detail: "The addresses of the new contracts follow from its nonce: wait until they are mined.",
    });
  }
  if (code !== "0x" && !code.startsWith(DELEGATED)) {
    findings.push({
      severity: "refuse",
      code: "genesis-deployer-contract",
      title: `The deployer ${deployer} is a contract.`,
      detail: "Every transaction is signed with the deployer's key, and a contract has none. A multisig takes over in the end: that is governance.multisig in the file.",
    });
  }
  if (gas === undefined) return findings;
  const baseFeeWei = head.baseFeePerGas ?? 0n;
  const costWei = gas * baseFeeWei;
  const owns = `The deployer ${deployer} owns ${formatHuman(balanceWei, "wei-eth")}`;
  const detail = `${gas} gas at ${formatUnits(baseFeeWei, "gwei")} gwei cost ${formatHuman(costWei, "wei-eth")}`;
  if (balanceWei < costWei || balanceWei === 0n) findings.push({ severity: "refuse", code: FUNDS, title: `${owns}, and the genesis costs more.`, detail });
  // What is signed allows twice the base fee.
  else if (balanceWei < 2n * costWei) findings.push({ severity: "warning", code: FUNDS, title: `${owns}: enough only while fees stay as they are.`, detail });
  else findings.push({ severity: "info", code: FUNDS, title: `${owns}, enough for the genesis.`, detail });
  return findings;
}
