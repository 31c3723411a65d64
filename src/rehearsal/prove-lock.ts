import { readFunction } from "../chain/read-function.ts";
import { localAccounts } from "../node/local-accounts.ts";
import { formatHuman } from "../protocol/units.ts";
import { act, beginNextRound, readNumber } from "./act.ts";
import type { Proof } from "./rehearsal.ts";
import { addressIn, type Stage } from "./stage.ts";

const BALANCE = "function balanceOf(address account) view returns (uint256)";

/** The lock that was made at the launch is withdrawn when its rounds are over. */
export async function proveLock(stage: Stage): Promise<Proof> {
  const { address } = localAccounts().delegator;
  const [amount, withdrawRound] = await readFunction(
    stage.project.rpc,
    addressIn(stage, "BondingManager"),
    "function getDelegatorUnbondingLock(address account, uint256 unbondingLockId) view returns (uint256 amount, uint256 withdrawRound)",
    [address, 0n],
  );
  while ((await readNumber(stage, "RoundsManager", "function currentRound() view returns (uint256)")) < BigInt(withdrawRound)) await beginNextRound(stage);
  const before = await readNumber(stage, "LivepeerToken", BALANCE, [address]);
  await act(stage, "delegator", addressIn(stage, "BondingManager"), "function withdrawStake(uint256 unbondingLockId)", [0n]);
  const after = await readNumber(stage, "LivepeerToken", BALANCE, [address]);
  return { what: "stake that was being unbonded at the launch is withdrawn", holds: after - before === BigInt(amount) && after > before, detail: `${formatHuman(after - before, "wei-lpt")}` };
}
