import { id } from "ethers";
import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";

const TRANSFER = id("Transfer(address,address,uint256)");
const APPROVAL = id("Approval(address,address,uint256)");

/** What belongs to an authority and leaves it, or may from now on: ether, tokens, allowances. Right at times, never unseen. */
export const fundsStay: Check = {
  name: "funds-stay",
  codes: ["ether-leaves", "tokens-leave", "tokens-approved"],
  explains:
    "Whatever ether, tokens or allowances of an authority leave it is said, wherever in the batch it happens. In " +
    "April 2022 Beanstalk's governance executed a proposal that sent all deposits, 182 million dollars, to its " +
    "proposer.",
  find: (proposal, simulation, { safes }) => {
    const holders = new Set([...proposal.authorities.map(({ address }) => address), ...safes]);
    const words = new Set([...holders].map((address) => `0x${address.slice(2).toLowerCase().padStart(64, "0")}`));
    const valueWei = proposal.calls.reduce((sum, call) => sum + call.valueWei, 0n);
    const sent: Finding[] = valueWei === 0n ? [] : [warning("ether-leaves", `The calls send ${valueWei} wei of ether`)];
    const fallen = simulation.changes
      .filter(({ kind, address, before, after }) => kind === "balance" && holders.has(address) && BigInt(after) < BigInt(before))
      .map(({ contract, address, before, after }) => warning("ether-leaves", `${BigInt(before) - BigInt(after)} wei of ether leave ${contract ?? address}`));
    const tokens = simulation.steps
      .flatMap(({ events }) => events)
      .filter(({ topics }) => (topics[0] === TRANSFER || topics[0] === APPROVAL) && words.has(topics[1] ?? ""))
      .map(({ address, addressName, topics }) => {
        const [from, to] = [topics[1], topics[2]].map((topic) => `0x${(topic ?? "").slice(-40)}`);
        return topics[0] === TRANSFER
          ? warning("tokens-leave", `Tokens of ${addressName ?? address} move from ${from ?? ""} to ${to ?? ""}`)
          : warning("tokens-approved", `${to ?? ""} may from now on take tokens of ${addressName ?? address} from ${from ?? ""}`);
      });
    return [...sent, ...fallen, ...tokens];
  },
};

function warning(code: string, title: string): Finding {
  return { severity: "warning", code, title };
}
