import { spawn } from "node:child_process";
import type { Address, Hex } from "../protocol/hex.ts";
import { hash32Schema, hexSchema } from "../protocol/hex.ts";
import type { SafeTransaction } from "./transaction.ts";

/** A program that hangs must not hold up a signer: its opinion is a bonus. */
const PATIENCE_MS = 5_000;
const MOST_ANSWER_BYTES = 10_000;
const TYPE =
  "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)";
const DOMAIN_TYPE = "EIP712Domain(uint256 chainId,address verifyingContract)";

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
    const [type, domainType, data] = await Promise.all([keccak(hexOf(TYPE)), keccak(hexOf(DOMAIN_TYPE)), keccak(tx.data)]);
    const [struct, domain] = await Promise.all([
      encode("bytes32,address,uint256,bytes32,uint8,uint256,uint256,uint256,address,address,uint256", [
        type, tx.to, tx.valueWei, data, tx.operation, tx.safeTxGas, tx.baseGas, tx.gasPriceWei, tx.gasToken, tx.refundReceiver, tx.nonce,
      ]),
      encode("bytes32,uint256,address", [domainType, chainId, safe]),
    ]);
    const [structHash, domainHash] = await Promise.all([keccak(struct), keccak(domain)]);
    return await keccak(`0x1901${domainHash.slice(2)}${structHash.slice(2)}`);
  } catch {
    // Not there, of another version, or something else of that name: no opinion. A wrong hash would be one.
    return undefined;
  }
}

function hexOf(text: string): string {
  return `0x${Buffer.from(text).toString("hex")}`;
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
