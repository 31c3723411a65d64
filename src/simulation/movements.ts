/** Who got what from whom, and who may do what from now on: read off calls, events and named changes. Pure. */
import { id } from "ethers";
import type { Address, Hex } from "../protocol/hex.ts";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import { pathOf, valueOf } from "../outcome/place.ts";
import type { Movement, PowerChange } from "../outcome/movement.ts";
import type { CallNode, DecodedEvent, SimulationResult } from "../outcome/simulation.ts";

const TRANSFER = id("Transfer(address,address,uint256)");
const APPROVAL = id("Approval(address,address,uint256)");
const OWNERSHIP_TRANSFERRED = id("OwnershipTransferred(address,address)");
const ROLE_GRANTED = id("RoleGranted(bytes32,address,address)");
const ROLE_REVOKED = id("RoleRevoked(bytes32,address,address)");
const ROLE_ADMIN_CHANGED = id("RoleAdminChanged(bytes32,bytes32,bytes32)");

/** Variables that say who is in charge: owners and admins, a Safe's owners, threshold, modules and guards, what a proxy runs. */
const POWER =
  /^((erc1967\.|openzeppelin\.\w+\.)?_?(owner|admin|pendingOwner|implementation|beacon)|owners\[.*\]|modules\[.*\]|ownerCount|threshold|singleton|guardManager\.guard|moduleManager\.moduleGuard|fallbackManager\.handler|minDelay)$/;

/** Ether from the call tree, tokens from their events, both in the order in which they moved; what reverted did not. */
export function findMovements(simulation: SimulationResult): Movement[] {
  return simulation.steps
    .filter(({ outcome }) => outcome === "success")
    .flatMap(({ calls, events }) => [...etherIn(calls), ...events.flatMap(tokensIn)]);
}

/** Owners and the like by the changed variable; roles and allowances by event; owners by event where no variable has the name. */
export function findPowerChanges(simulation: SimulationResult): PowerChange[] {
  const named = simulation.changes
    .filter((change) => change.kind === "storage" && change.path !== undefined && POWER.test(pathOf(change)))
    .map((change): PowerChange => ({
      address: change.address,
      contract: change.contract,
      what: change.path ?? "",
      before: change.beforeText ?? valueOf(change, "before"),
      after: change.afterText ?? valueOf(change, "after"),
    }));
  const known = new Set(named.map(({ address }) => address));
  const told = simulation.steps.filter(({ outcome }) => outcome === "success").flatMap(({ events }) => events.flatMap((event) => powerIn(event, known)));
  return [...named, ...told];
}

function etherIn(node: CallNode): Movement[] {
  if (node.error !== undefined) return [];
  const moves = node.valueWei > 0n && node.type !== "DELEGATECALL" && node.type !== "STATICCALL" && node.type !== "CALLCODE";
  const own: Movement[] = moves ? [{ asset: "ETH", from: node.from, to: node.to, amount: node.valueWei }] : [];
  return [...own, ...node.children.flatMap(etherIn)];
}

/** Three topics and one word of data: an ERC-20. A fourth topic is the id of an ERC-721, of which one moves. */
function tokensIn({ address, addressName, topics, data }: DecodedEvent): Movement[] {
  const [topic, from, to] = topics;
  if (topic !== TRANSFER || from === undefined || to === undefined) return [];
  const amount = topics.length === 4 ? 1n : data.length === 66 ? BigInt(data) : undefined;
  if (amount === undefined) return [];
  return [{ asset: address, ...(addressName === undefined ? {} : { assetName: addressName }), from: accountOf(from), to: accountOf(to), amount }];
}

function powerIn({ address, addressName: contract, topics, data, args }: DecodedEvent, known: ReadonlySet<Address>): PowerChange[] {
  const [topic, first, second] = topics;
  if (topic === undefined || first === undefined || second === undefined) return [];
  const base = { address, contract };
  switch (topic) {
    case OWNERSHIP_TRANSFERRED:
      return known.has(address) ? [] : [{ ...base, what: "owner", before: accountOf(first), after: accountOf(second) }];
    case ROLE_GRANTED:
      return [{ ...base, what: `role ${roleName(first, args)} of ${accountOf(second)}`, before: "no", after: "yes" }];
    case ROLE_REVOKED:
      return [{ ...base, what: `role ${roleName(first, args)} of ${accountOf(second)}`, before: "yes", after: "no" }];
    case ROLE_ADMIN_CHANGED:
      return [{ ...base, what: `who gives role ${roleName(first, args)}`, before: second, after: topics[3] ?? "" }];
    case APPROVAL:
      // The allowance it had is not in the event.
      return topics.length !== 3 || data.length !== 66
        ? []
        : [{ ...base, what: `allowance of ${accountOf(second)} for tokens of ${accountOf(first)}`, before: "not told", after: BigInt(data).toString() }];
    default:
      return [];
  }
}

/** By the name that the event was decoded with, else the bytes. */
function roleName(role: Hex, args: DecodedEvent["args"]): string {
  const value = args?.find(({ name }) => name === "role")?.value;
  return value === undefined ? role : value.replace(/ \(0x[0-9a-f]{64}\)$/, "");
}

function accountOf(topic: Hex): Address {
  return rpcAddressSchema.parse(`0x${topic.slice(-40)}`);
}
