import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { importBundle } from "../../lifecycle/exchange/exchange-bundle.ts";
import { encodeExecTransaction } from "../../safe/execute.ts";
import { formatBundle } from "../../safe/bundle.ts";
import { encodeSignatures } from "../../safe/signature.ts";
import { SAFE_TX_TYPES, safeDomain, safeTransactionMessage } from "../../safe/transaction.ts";
import type { Hex } from "../../protocol/hex.ts";
import type { Attack } from "./attack.ts";
import { stoppedBy, type Scene } from "./scene.ts";

const MAINNET = 1n;

/** The same Safe stands at the same address on many chains, and signers do not see which one they sign for. */
export const otherChain: Attack = {
  name: "other-chain",
  summary: "A signature that was made for the same Safe on another chain is handed in.",
  history: "Safes stand at the same address on many chains. A wallet on the wrong network signs without a word; found out when the execution fails, often hours later.",
  async harm(scene) {
    const data = encodeExecTransaction(scene.bundle.transaction, encodeSignatures([...scene.bundle.signatures.map(({ owner, kind, data: bytes }) => ({ owner, kind, data: bytes })), { owner: scene.owners["owner-2"].address, kind: "eip712", data: await foreignSignature(scene) }]));
    const executed = await scene.sendAs(scene.attacker.address, scene.safe, data);
    return { what: "the count says two of two, and the Safe answers GS026", holds: !executed, detail: "an execution with it reverts, without a word on which signature is wrong" };
  },
  attempts: [
    {
      what: "importing the file with the signature",
      command: "lpctl safe import FILE",
      async run(scene) {
        const path = join(scene.project.folder, "other-chain.json");
        const data = await foreignSignature(scene);
        await writeFile(path, formatBundle({ ...scene.bundle, signatures: [...scene.bundle.signatures, { owner: scene.owners["owner-2"].address, kind: "eip712", data }] }));
        return stoppedBy(importBundle(scene.project, path));
      },
    },
  ],
};

function foreignSignature({ owners, safe, bundle }: Scene): Promise<Hex> {
  return owners["owner-2"].signTypedData(safeDomain(MAINNET, safe), SAFE_TX_TYPES, safeTransactionMessage(bundle.transaction));
}
