import { executeProposal } from "../../lifecycle/execute-proposal.ts";
import { executeBundle } from "../../lifecycle/safe/execute-bundle.ts";
import { walletSigner } from "../../keys/unlocked-key.ts";
import { localAccounts } from "../../node/local-accounts.ts";
import { callOfSafeChange, SENTINEL } from "../../proposal/safe-change.ts";
import { addSignature, type SafeBundle } from "../../safe/bundle.ts";
import { readSafe } from "../../safe/read-safe.ts";
import { safeTransaction } from "../../safe/transaction.ts";
import { addressIn } from "../stage.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { signUnchecked } from "./sign-unchecked.ts";
import { stoppedBy } from "./stopped.ts";
import { Interface } from "ethers/abi";
import type { Hex } from "../../protocol/hex.ts";

const jobs = new Interface(["function setVerificationRate(uint64 rate)"]);

/** Signatures do not age: whoever kept a file can use it as long as its nonce is free and its signers are owners. */
export const staleBundle: Attack = {
  name: "stale-bundle",
  summary: "A file that was signed long ago is executed after the owners, or their minds, have changed.",
  history: "Nothing takes a signature back but the use of its nonce; people leave, keys are replaced, and old files stay in mailboxes.",
  async harm(scene) {
    await decideOtherwise(scene);
    const executed = await scene.executeUnchecked(scene.bundle.transaction);
    return { what: "what nobody wants any more is executed by whoever kept the file", holds: executed, detail: `nonce ${scene.bundle.transaction.nonce} was free, and both signers are owners` };
  },
  attempts: [
    {
      what: "executing the proposal after the state it was made on has changed",
      command: "lpctl proposal execute 1",
      run: (scene) => scene.onCopy(async () => {
        await decideOtherwise(scene);
        return scene.withBundle(await signedByBoth(scene), () => stoppedBy(executeProposal(scene.project, scene.stored, { signer: operator() })));
      }),
    },
    {
      what: "executing the file after one of its signers is no owner any more",
      command: "lpctl safe execute FILE",
      run: (scene) => scene.onCopy(async () => {
        const file = await signedByBoth(scene);
        const { to, data } = callOfSafeChange(scene.safe, { what: "swap-owner", owner: scene.owners["owner-2"].address, previous: await previousOf(scene, scene.owners["owner-2"].address), newOwner: operator().address });
        await scene.sendAs(scene.safe, to, data);
        return stoppedBy(executeBundle(scene.project, { ...file, proposalId: null }, operator()));
      }),
    },
    {
      what: "executing the file once more after its nonce was used",
      command: "lpctl safe execute FILE",
      run: (scene) => scene.onCopy(async () => {
        await scene.executeUnchecked(safeTransaction({ to: scene.safe, valueWei: 0n, data: "0x", operation: 0, nonce: scene.bundle.transaction.nonce }));
        return stoppedBy(executeBundle(scene.project, { ...(await signedByBoth(scene)), proposalId: null }, operator()));
      }),
    },
  ],
};

function operator(): ReturnType<typeof walletSigner> {
  return walletSigner(localAccounts().operator.privateKey);
}

/** The Safe sets another rate than the file would. */
async function decideOtherwise(scene: Scene): Promise<void> {
  await scene.sendAs(scene.safe, addressIn(scene.stage, "JobsManager"), jobs.encodeFunctionData("setVerificationRate", [800n]) as Hex);
}

async function signedByBoth({ bundle, owners, project, safe }: Scene): Promise<SafeBundle> {
  return addSignature(bundle, await signUnchecked(owners["owner-2"], project.chainId, safe, bundle.transaction));
}

async function previousOf({ project, safe }: Scene, owner: string): Promise<`0x${string}`> {
  const { owners } = await readSafe(project.rpc, safe);
  return owners[owners.findIndex((other) => other === owner) - 1] ?? SENTINEL;
}
