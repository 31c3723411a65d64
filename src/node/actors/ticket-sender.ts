import { callTo, obstacle, type Actor, type Move } from "./actor.ts";
import { uintOf } from "./values.ts";
import type { Address } from "../../protocol/hex.ts";

const DEPOSIT_WEI = 10n ** 18n;
const RESERVE_WEI = 10n ** 18n;
const LOWEST_DEPOSIT_WEI = DEPOSIT_WEI / 2n;
const SENDER_INFO =
  "function getSenderInfo(address sender) view returns ((uint256 deposit, uint256 withdrawRound) sender, (uint256 fundsRemaining, uint256 claimedInCurrentRound) reserve)";

/** Keeps a deposit and a reserve behind the tickets that it gives away off chain. */
export function ticketSender({ name, address }: { name: string; address: Address }): Actor {
  return {
    name,
    role: "ticket-sender",
    address,
    act: async (turn): Promise<Move> => {
      const blocked = obstacle(turn);
      if (blocked !== undefined) return blocked;
      const broker = turn.contract("TicketBroker");
      const info = await turn.read(broker, SENDER_INFO, [address]);
      const [account, reserve] = [info[0], info[1]];
      const depositWei = uintOf(account, "deposit") < LOWEST_DEPOSIT_WEI ? DEPOSIT_WEI : 0n;
      const reserveWei = uintOf(reserve, "fundsRemaining") < RESERVE_WEI / 2n ? RESERVE_WEI : 0n;
      if (depositWei + reserveWei === 0n) return { calls: [] };
      const call = callTo(
        broker,
        "function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) payable",
        [depositWei, reserveWei],
        "funds its deposit and reserve",
        depositWei + reserveWei,
      );
      return { calls: [call] };
    },
  };
}
