import { keccak256 } from "ethers/crypto";
import { Interface } from "ethers/abi";
import { readFunction } from "../../chain/read-function.ts";
import { proposeSafeChange } from "../../lifecycle/safe/propose-safe-change.ts";
import { reviewBundle } from "../../lifecycle/safe/review-bundle.ts";
import { callOfSafeChange } from "../../proposal/safe-change.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { packCalls } from "../../safe/multisend.ts";
import { readSafe } from "../../safe/read-safe.ts";
import type { SafeTransaction } from "../../safe/transaction.ts";
import { addressIn } from "../stage.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { stoppedBy } from "./stopped.ts";

const token = new Interface(["function transfer(address to, uint256 amount)", "function mint(address to, uint256 amount)"]);
const BALANCE = "function balanceOf(address account) view returns (uint256)";
const AMOUNT = 10n ** 18n;

/** Calls the Safe does not know go to its handler, which sees the Safe as their sender: with the token as handler, anybody is the Safe. */
export const fallbackHandler: Attack = {
  name: "fallback-handler",
  summary: "The token becomes the Safe's fallback handler, and strangers transfer the Safe's tokens.",
  history: "setFallbackHandler looks like a setting. Safe's own contracts check since 1.3.0 only that the handler is not the Safe itself.",
  async harm(scene) {
    const { rpc } = scene.project;
    const [address, minter, attacker] = [addressIn(scene.stage, "LivepeerToken"), addressIn(scene.stage, "Minter"), scene.attacker.address];
    await scene.sendAs(minter, address, token.encodeFunctionData("mint", [scene.safe, AMOUNT]) as Hex);
    const executed = await scene.executeUnchecked(await change(scene));
    await scene.sendAs(attacker, scene.safe, token.encodeFunctionData("transfer", [attacker, AMOUNT]) as Hex);
    const [left] = await readFunction(rpc, address, BALANCE, [scene.safe]);
    return { what: "a stranger calls the Safe and its tokens are gone", holds: executed && left === 0n, detail: `${AMOUNT} units of LPT moved by a call of ${attacker}` };
  },
  attempts: [
    { what: "signing a file with the call", command: "lpctl safe sign FILE", run: async (scene) => stoppedBy(reviewBundle(scene.project, (await scene.forge(await change(scene))).bundle, "rehearsal")) },
    {
      what: "proposing it as a change of the Safe",
      command: "lpctl safe change --fallback-handler",
      run: (scene) => stoppedBy(proposeSafeChange(scene.project, scene.safe, { addOwners: [], removeOwners: [], swapOwners: [], enableModules: [], disableModules: [], fallbackHandler: addressIn(scene.stage, "LivepeerToken") }, { dryRun: true, producedBy: "rehearsal" })),
    },
  ],
};

async function change(scene: Scene): Promise<SafeTransaction> {
  const handler: Address = addressIn(scene.stage, "LivepeerToken");
  const call = callOfSafeChange(scene.safe, { what: "set-fallback-handler", handler, codeHash: keccak256(await scene.project.rpc.code(handler)) as Hex });
  return packCalls([call], await readSafe(scene.project.rpc, scene.safe));
}
