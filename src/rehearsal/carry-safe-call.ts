import { executeBundle } from "../lifecycle/safe/execute-bundle.ts";
import { requireOfflineAgreement } from "../lifecycle/safe/check-bundle.ts";
import { signBundle } from "../lifecycle/safe/safe-bundle.ts";
import { writeSafeCalls } from "../lifecycle/votes/safe-calls.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { Call } from "../proposal/call.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { writeBundle } from "../safe/bundle-file.ts";
import { ready } from "./ready.ts";
import type { Stage } from "./stage.ts";

/** A call of a Safe that belongs to no proposal: two owners sign the file, the operator sends it. @returns the transaction */
export async function carrySafeCall({ project }: Stage, safe: Address, call: Call, name: string): Promise<Hex> {
  const accounts = localAccounts();
  const written = await writeSafeCalls(project, safe, [call], { name });
  let { bundle } = written;
  await requireOfflineAgreement(bundle);
  for (const { privateKey } of [accounts["owner-1"], accounts["owner-3"]]) bundle = await signBundle(bundle, undefined, walletSigner(privateKey), { ledger: undefined });
  await writeBundle(written.path, bundle);
  return ready((await executeBundle(project, bundle, walletSigner(accounts.operator.privateKey))).hash ?? undefined);
}
