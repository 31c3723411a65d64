import { id } from "ethers";
import type { Finding } from "../finding.ts";
import { ZERO_HASH, type Address } from "../protocol/hex.ts";
import type { Check } from "./check.ts";

const TRANSFER = id("Transfer(address,address,uint256)");
const SUPPLY = /^(\w+\.)*_?totalSupply_?$/i;

/** Tokens made or burnt on the way, and what leaves the protocol's own contracts: no proposal does that in passing. */
export const supplyKept: Check = {
  name: "supply-kept",
  codes: ["supply-changes", "protocol-funds-leave"],
  explains:
    "Governance changes rules, not amounts: the supply of the token, and what the Minter and the managers hold, are the " +
    "same before and after, except where the Minter itself is replaced. In February 2022 an attacker with a " +
    "majority of Build Finance's votes passed a proposal that let him mint, and took 470,000 dollars.",
  find: (proposal, simulation, { protocol }) => {
    const names = new Map<Address, string>((protocol?.before.entries ?? []).flatMap(({ address, name }) => (name === undefined ? [] : [[address, name]])));
    const moving = new Set(proposal.intents.flatMap((intent) => (intent.kind === "migrate-minter" ? [intent.minter] : [])));
    const words = new Map([...names].filter(([address]) => !moving.has(address)).map(([address, name]) => [wordOf(address), name]));
    const transfers = simulation.steps.flatMap(({ events }) => events).filter(({ topics }) => topics[0] === TRANSFER && topics.length === 3);
    const findings: Finding[] = [];
    for (const { address, addressName, topics } of transfers) {
      const [, from = ZERO_HASH, to = ZERO_HASH] = topics;
      const token = addressName ?? address;
      if (from === ZERO_HASH) findings.push(warning("supply-changes", `Tokens of ${token} are made`, `for 0x${to.slice(-40)}`));
      else if (to === ZERO_HASH) findings.push(warning("supply-changes", `Tokens of ${token} are burnt`, `of 0x${from.slice(-40)}`));
      const holder = words.get(from);
      if (holder !== undefined) findings.push(warning("protocol-funds-leave", `Tokens of ${token} leave ${holder}`, `for 0x${to.slice(-40)}`));
    }
    const minted = new Set(transfers.filter(({ topics }) => topics[1] === ZERO_HASH || topics[2] === ZERO_HASH).map(({ address }) => address));
    for (const { kind, address, contract, path, before, after, beforeText, afterText } of simulation.changes) {
      if (kind === "storage" && path !== undefined && SUPPLY.test(path) && !minted.has(address)) {
        findings.push({ severity: "refuse", code: "supply-changes", title: `The ${path} of ${contract ?? address} changes, and no transfer tells of it`, detail: `${beforeText ?? before} becomes ${afterText ?? after}` });
      }
      const holder = names.get(address);
      if (kind === "balance" && holder !== undefined && !moving.has(address) && BigInt(after) < BigInt(before)) {
        findings.push(warning("protocol-funds-leave", `${BigInt(before) - BigInt(after)} wei of ether leave ${holder}`, address));
      }
    }
    return findings;
  },
};

function wordOf(address: Address): string {
  return `0x${address.slice(2).toLowerCase().padStart(64, "0")}`;
}

function warning(code: string, title: string, detail: string): Finding {
  return { severity: "warning", code, title, detail };
}
