import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { importBundle } from "../../lifecycle/exchange/exchange-bundle.ts";
import { encodeExecTransaction } from "../../safe/execute.ts";
import { formatBundle } from "../../safe/bundle.ts";
import { encodeSignatures, type SafeSignature } from "../../safe/signature.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { signUnchecked } from "./sign-unchecked.ts";
import { stoppedBy } from "./stopped.ts";

const MAINNET = 1n;

/** The same Safe stands at the same address on many chains, and signers do not see which one they sign for. */
export const otherChain: Attack = {
  name: "other-chain",
  summary: "A signature that was made for the same Safe on another chain is handed in.",
  history: "Safes stand at the same address on many chains. A wallet on the wrong network signs without a word; found out when the execution fails, often hours later.",
  async harm(scene) {
    const data = encodeExecTransaction(scene.bundle.transaction, encodeSignatures([...scene.bundle.signatures, await foreignSignature(scene)]));
    const executed = await scene.sendAs(scene.attacker.address, scene.safe, data);
    return { what: "the count says two of two, and the Safe answers GS026", holds: !executed, detail: "an execution with it reverts, without a word on which signature is wrong" };
  },
  attempts: [
    {
      what: "importing the file with the signature",
      command: "lpctl safe import FILE",
      async run(scene) {
        const path = join(scene.project.folder, "other-chain.json");
        await writeFile(path, formatBundle({ ...scene.bundle, signatures: [...scene.bundle.signatures, await foreignSignature(scene)] }));
        return stoppedBy(importBundle(scene.project, path));
      },
    },
  ],
};

function foreignSignature({ owners, safe, bundle }: Scene): Promise<SafeSignature> {
  return signUnchecked(owners["owner-2"], MAINNET, safe, bundle.transaction);
}
