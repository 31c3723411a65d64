import { readAuthority, readCaller } from "../authority/climb.ts";
import { formatAuthority } from "../authority/format-authority.ts";
import { peopleOf, type AuthorityNode } from "../authority/node.ts";
import { pinRpc } from "../chain/pin-rpc.ts";
import type { Call } from "../proposal/call.ts";
import type { Address } from "../protocol/hex.ts";
import { deriveCalls } from "../proposal/derive-calls.ts";
import { findContract, type Contract } from "./contract.ts";
import { formatPower } from "./format-power.ts";
import type { Project } from "./project.ts";
import { readPower, type Power } from "./read-power.ts";

export interface AuthorityView {
  result: { contract: Contract; obeys: Address; authority: AuthorityNode; people: Address[]; power: Power | null };
  text: string;
}

/** The contract, what it obeys for an upgrade (or a setter, when it is no proxy), and the way up to the people. */
export async function showAuthority(given: Project, reference: string): Promise<AuthorityView> {
  const project = { ...given, ...(await pinRpc(given.rpc)) };
  const contract = await findContract(project, reference);
  const obeys = await readCaller(project.rpc, probeCall(contract));
  const authority = await readAuthority(project.rpc, obeys);
  const people = peopleOf(authority);
  const power = await readPower(project.rpc, authority);
  const lines = [
    `${contract.name}  ${contract.address}`,
    ...(contract.proxy === undefined ? [] : [`  code at ${contract.implementation}, found through ${describeProxy(contract)}`]),
    "",
    "Changes are made by",
    ...formatAuthority(authority, 1),
    "",
    people.length === 0
      ? "No key at the end."
      : `${people.length} ${people.length === 1 ? "key" : "keys"} at the end: ${people.join(", ")}`,
    ...(power === undefined ? [] : formatPower(power)),
  ];
  return { result: { contract, obeys, authority, people, power: power ?? null }, text: lines.join("\n") };
}

/** The call by which this contract would be changed: replacing its code by itself, or taking over its ownership. */
function probeCall(contract: Contract): Call {
  const [call] =
    contract.proxy === undefined
      ? [{ to: contract.address, valueWei: 0n, data: "0x" as const }]
      : deriveCalls([
          {
            kind: "upgrade",
            contract: contract.name,
            proxy: contract.proxy,
            implementation: contract.implementation,
            implementationCodeHash: `0x${"0".repeat(64)}`,
            gitCommitHash: `0x${"0".repeat(40)}`,
            initializer: "0x",
          },
        ]);
  if (call === undefined) throw new Error("an upgrade derives a call");
  return call;
}

function describeProxy({ proxy }: Contract): string {
  switch (proxy?.kind) {
    case "controller-registry":
      return `the registry of Controller ${proxy.controller}`;
    case "transparent":
      return `a transparent proxy, admin ${proxy.admin}`;
    case "beacon":
      return `the beacon ${proxy.beacon}`;
    default:
      return "a UUPS proxy";
  }
}
