import { spawn } from "node:child_process";
import type { Address, Hex } from "../protocol/hex.ts";
import { hash32Schema, hexSchema } from "../protocol/hex.ts";
import type { SafeTransaction } from "./transaction.ts";

/** A program that hangs must not hold up a signer: its opinion is a bonus. */
const PATIENCE_MS = 5_000;
const MOST_ANSWER_BYTES = 10_000;
/** EIP-712 type hashes of `SafeTx` and of the domain, since Safe 1.3.0. Constants of its contracts: to hash their text each time is two programs more. */
const SAFE_TX_TYPE_HASH: Hex = "0xbb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8";
const DOMAIN_TYPE_HASH: Hex = "0x47e79534a245952e8b16893a336b85a3d9ea9fa8c573f3d803afb92a79469218";

/**
 * The safeTxHash by Foundry's `cast` (alloy inside), where a machine has it: put together from `cast keccak` and `cast
 * abi-encode` alone, so that every byte that is hashed here was encoded by neither ethers nor viem. Gets public data only.
 * @param cast name on the PATH, or path
 * @returns undefined when there is no such program, or it is another one
 */
export async function hashWithCast(chainId: bigint, safe: Address, tx: SafeTransaction, cast = "cast"): Promise<Hex | undefined> {
  const keccak = async (hex: string): Promise<Hex> => hash32Schema.parse(await run(cast, ["keccak"], hex));
  const encode = async (types: string, values: readonly unknown[]): Promise<Hex> => hexSchema.parse(await run(cast, ["abi-encode", `f(${types})`, ...values.map(String)]));
  try {
    const data = await keccak(tx.data);
    const [struct, domain] = await Promise.all([
      encode("bytes32,address,uint256,bytes32,uint8,uint256,uint256,uint256,address,address,uint256", [
        SAFE_TX_TYPE_HASH, tx.to, tx.valueWei, data, tx.operation, tx.safeTxGas, tx.baseGas, tx.gasPriceWei, tx.gasToken, tx.refundReceiver, tx.nonce,
      ]),
      encode("bytes32,uint256,address", [DOMAIN_TYPE_HASH, chainId, safe]),
    ]);
    const [structHash, domainHash] = await Promise.all([keccak(struct), keccak(domain)]);
    return await keccak(`0x1901${domainHash.slice(2)}${structHash.slice(2)}`);
  } catch {
    // Not there, of another version, or something else of that name: no opinion. A wrong hash would be one.
    return undefined;
  }
}

function run(program: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], timeout: PATIENCE_MS, windowsHide: true });
    let answer = "";
    child.stdout.on("data", (chunk: Buffer) => {
      answer += chunk.toString();
      if (answer.length > MOST_ANSWER_BYTES) child.kill();
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(answer.trim()) : reject(new Error(`${program} ended with ${code}`))));
    // It may be gone before it has read anything.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
