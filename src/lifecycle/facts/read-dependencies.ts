import { registrationsOf } from "../../checks/registrations.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { contractId, KNOWN_CONTRACT_NAMES, proxyNameOfTarget } from "../../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { namesInCode } from "../../protocol/names-in-code.ts";

/**
 * What code that a proposal registers asks the registry for and the code it replaces did not, as far as it leads nowhere
 * now. Names that the running code asks for in vain are ones it can do without.
 */
export async function readNewDependencies(rpc: Rpc, { calls }: Proposal): Promise<Map<Address, string[]>> {
  const found = new Map<Address, string[]>();
  await Promise.all(
    registrationsOf(calls).map(async ({ id, name, address, position }) => {
      const controller = calls[position]?.to;
      if (controller === undefined || address === ZERO_ADDRESS) return;
      const present = await readEntry(rpc, controller, id);
      const [before, after] = await Promise.all([rpc.code(present), rpc.code(address)]);
      // A contract may carry its own name, to sign by or to show.
      const own = name === undefined ? undefined : (proxyNameOfTarget(name) ?? name);
      const known = [...namesInCode(before, KNOWN_CONTRACT_NAMES), own];
      const wanted = namesInCode(after, KNOWN_CONTRACT_NAMES).filter((name) => !known.includes(name));
      const entries = await Promise.all(wanted.map((name) => readEntry(rpc, controller, contractId(name))));
      found.set(address, wanted.filter((_, index) => entries[index] === ZERO_ADDRESS));
    }),
  );
  return found;
}

async function readEntry(rpc: Rpc, controller: Address, id: Hex): Promise<Address> {
  const answer = await tryReadFunction(rpc, controller, "function getContract(bytes32 id) view returns (address)", [id]);
  return answer === undefined ? ZERO_ADDRESS : (String(answer[0]) as Address);
}
