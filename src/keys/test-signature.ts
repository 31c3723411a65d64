import { randomBytes } from "node:crypto";
import { Exit, LpctlError } from "../errors.ts";
import type { Signer } from "./signer.ts";

/** Has a note signed that no contract and no chain takes for anything. @throws what the signer throws, LPCTL_KEYS_WRONG_SIGNATURE among it */
export async function testSignature(signer: Signer): Promise<void> {
  const domain = { name: "lpctl test of a key", version: "1" };
  const types = { KeyTest: [{ name: "meaning", type: "string" }, { name: "random", type: "bytes32" }] };
  const message = { meaning: "None. This signature is checked and thrown away.", random: `0x${randomBytes(32).toString("hex")}` };
  const signature = await signer.signTypedData(domain, types, message);
  const { verifyTypedData } = await import("ethers/hash");
  if (verifyTypedData(domain, types, message, signature) === signer.address) return;
  throw new LpctlError({ code: "LPCTL_KEYS_OTHER_ADDRESS", exit: Exit.refused, message: `The signature is not one of ${signer.address}.`, next: "Do not use this key." });
}
