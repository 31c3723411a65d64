import { localAccounts, type LocalRole } from "../node/local-accounts.ts";
import { SetupSender } from "../node/setup-sender.ts";
import { addressIn, type Stage } from "./stage.ts";

export const LPT = 10n ** 18n;

/** Bonds of a person to themselves or somebody else; whoever bonds to themselves becomes a transcoder. In a round that has begun. */
export async function bond(stage: Stage, role: LocalRole, amountLpt: bigint, to: LocalRole): Promise<void> {
  const accounts = localAccounts();
  const bondingManager = addressIn(stage, "BondingManager");
  const sender = await SetupSender.from(stage.project.rpc, accounts[role].address);
  sender.call(addressIn(stage, "LivepeerToken"), "function approve(address spender, uint256 amount)", [bondingManager, amountLpt * LPT]);
  sender.call(bondingManager, "function bond(uint256 amount, address to)", [amountLpt * LPT, accounts[to].address]);
  if (role === to) sender.call(bondingManager, "function transcoder(uint256 rewardCut, uint256 feeShare)", [100_000n, 50_000n]);
  await sender.flush();
}
