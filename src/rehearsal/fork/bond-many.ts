import { getAddress } from "ethers/address";
import { keccak256 } from "ethers/crypto";
import { selectorOf, wordOfAddress, wordOfNumber } from "../../chain/hand-codec.ts";
import { executeCall, stageCall, type BatchOfCalls } from "../../fork/update-codec.ts";
import { findArtifact } from "../../genesis/find-artifact.ts";
import { localAccounts } from "../../node/local-accounts.ts";
import { sendUnlocked } from "../../node/setup-sender.ts";
import { packageRoot } from "../../package-root.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { compileContracts } from "../../solidity/compile.ts";
import { encodeDeployment } from "../../solidity/encode-deployment.ts";
import { beginNextRound } from "../act.ts";
import { LPT } from "../bond.ts";
import { addressIn, type Stage } from "../stage.ts";

const GOVERNOR = { source: "contracts/governance/Governor.sol", contract: "Governor" };
const APPROVE = selectorOf("approve(address,uint256)");
const TRANSFER = selectorOf("transfer(address,uint256)");
const BOND = selectorOf("bondForWithHint(uint256,address,address,address,address,address,address)");
/** Each takes up to half a million gas, and a transaction at most 15 million. */
const BONDS_IN_TRANSACTION = 25;

/**
 * Bonds stake for many accounts, 1 to 5 LPT each: a contract of the operator's own makes many calls in one transaction, where a
 * thousand accounts that bond for themselves would keep a local chain busy for a minute.
 * @param transcoders whom they delegate to, in turn
 * @returns the accounts
 */
export async function bondMany(stage: Stage, count: number, transcoders: readonly Address[]): Promise<Address[]> {
  const { rpc, compilerCaches } = stage.project;
  const { deployer } = localAccounts();
  const [token, bonding] = [addressIn(stage, "LivepeerToken"), addressIn(stage, "BondingManager")];
  let nonce = await rpc.nonce(deployer.address);
  const send = async (to: Address | null, data: Hex): Promise<Address | null> => {
    const receipt = await sendUnlocked(rpc, deployer.address, nonce++, { to, data, valueWei: 0n });
    if (receipt.status === "reverted") throw new Error(`bonding for many accounts failed at nonce ${nonce - 1n}`);
    return receipt.contractAddress ?? null;
  };
  const artifacts = await compileContracts({ root: packageRoot(), targets: [GOVERNOR], cacheFolders: compilerCaches });
  const payer = await send(null, encodeDeployment(findArtifact(artifacts, GOVERNOR.contract)));
  if (payer === null) throw new Error("a deployment has an address");
  const accounts = Array.from({ length: count }, (_, index) => getAddress(`0x${keccak256(Buffer.from(`delegator ${index}`)).slice(-40)}`) as Address);
  const stakes = accounts.map((_, index) => LPT + BigInt(index % 401) * (LPT / 100n) + BigInt(index));
  const sumWei = stakes.reduce((sum, wei) => sum + wei, 0n);
  await send(token, `${TRANSFER}${wordOfAddress(payer)}${wordOfNumber(sumWei)}`);
  const nobody = wordOfAddress(ZERO_ADDRESS).repeat(4);
  const bonds = accounts.map((account, index): Hex => `${BOND}${wordOfNumber(stakes[index] ?? 0n)}${wordOfAddress(account)}${wordOfAddress(transcoders[index % transcoders.length] ?? ZERO_ADDRESS)}${nobody}`);
  const batches: BatchOfCalls[] = [{ target: token, data: [`${APPROVE}${wordOfAddress(bonding)}${wordOfNumber(sumWei)}`], nonce: 0n }];
  for (let from = 0; from < count; from += BONDS_IN_TRANSACTION) batches.push({ target: bonding, data: bonds.slice(from, from + BONDS_IN_TRANSACTION), nonce: BigInt(batches.length) });
  for (const batch of batches) await send(payer, stageCall(batch));
  // Each has a block of its own, and all must be in a round that has begun.
  await beginNextRound(stage);
  for (const batch of batches) await send(payer, executeCall(batch));
  return accounts;
}
