import { contractId, targetIdName } from "../../protocol/contract-id.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { matchRuntimeBytecode } from "../../solidity/match-bytecode.ts";
import { idOfRole } from "../graph/role-names.ts";
import type { PlannedContract } from "./plan-prepared.ts";
import type { Prepared } from "./prepared-file.ts";

/**
 * Compares what is on chain with its source, byte for byte, and with what it was to be made with.
 * @param fresh whether nothing can have changed since: who owns it is compared, too
 * @throws LPCTL_HANDOVER_PREPARED_DIFFERS
 */
export async function verifyPrepared(rpc: Rpc, prepared: Prepared, contracts: readonly PlannedContract[], { fresh }: { fresh: boolean }): Promise<void> {
  const codes = await Promise.all(contracts.map(({ address }) => rpc.code(address)));
  contracts.forEach(({ name, address, artifact }, index) => {
    if (prepared.contracts[name] !== address) throw differs(name, prepared.contracts[name] ?? address, "the record gives another address than its deployer and nonce do");
    const { match } = matchRuntimeBytecode(codes[index] ?? "0x", artifact);
    if (match !== "exact") throw differs(name, address, codes[index] === "0x" ? "there is no code" : `its code is not what ${artifact.sourceName}:${artifact.name} compiles to`);
  });
  const wanted = [...(fresh ? ownershipOf(prepared) : []), ...constructionOf(prepared)];
  await Promise.all(
    wanted.map(async ({ name, signature, args = [], expect }) => {
      const address = prepared.contracts[name] ?? ZERO_ADDRESS;
      const found = (await tryReadFunction(rpc, address, signature, args))?.[0] as unknown;
      if (found !== expect) throw differs(name, address, `${signature.split(" ")[1] ?? ""} is ${String(found)}, not ${String(expect)}`);
    }),
  );
}

interface Wanted {
  name: string;
  signature: string;
  args?: readonly unknown[];
  expect: unknown;
}

function ownershipOf({ contracts, owner }: Prepared): Wanted[] {
  return owner === null ? [] : Object.keys(contracts).map((name) => ({ name, signature: "function owner() view returns (address)", expect: owner }));
}

/** What a constructor wrote, and only the vote of stake can change. */
function constructionOf({ kind, contracts, controller, deployer, rules, veto }: Prepared): Wanted[] {
  if (kind !== "stake") return [];
  const hasRole = (role: string, account: Address | undefined, expect: boolean): Wanted => ({ name: "StakeTimelock", signature: "function hasRole(bytes32 role, address account) view returns (bool)", args: [idOfRole(role), account], expect });
  return [
    { name: "StakeGovernorTarget", signature: "function controller() view returns (address)", expect: controller },
    { name: "StakeGovernor", signature: "function controller() view returns (address)", expect: controller },
    { name: "StakeGovernor", signature: "function targetContractId() view returns (bytes32)", expect: contractId(targetIdName("StakeGovernor")) },
    { name: "StakeTimelock", signature: "function getMinDelay() view returns (uint256)", expect: rules["StakeTimelock.minDelay"] },
    { name: "StakeTimelock", signature: "function vetoGuardian() view returns (address)", expect: contracts["VetoGuardian"] ?? ZERO_ADDRESS },
    hasRole("PROPOSER_ROLE", contracts["StakeGovernor"], true),
    hasRole("EXECUTOR_ROLE", contracts["StakeGovernor"], true),
    hasRole("PROPOSER_ROLE", deployer, false),
    hasRole("DEFAULT_ADMIN_ROLE", deployer, false),
    ...(veto === null
      ? []
      : [
          { name: "VetoGuardian", signature: "function guardian() view returns (address)", expect: veto.guardian },
          { name: "VetoGuardian", signature: "function expiresAt() view returns (uint256)", expect: veto.expiresAtSeconds },
        ]),
  ];
}

function differs(name: string, address: Address, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_HANDOVER_PREPARED_DIFFERS",
    exit: Exit.refused,
    message: `The ${name} at ${address} is not what was prepared`,
    why,
    next: "Hand nothing over to it. Remove the record under handovers/ and prepare it again",
  });
}
