import { registrationsOf } from "../../checks/registrations.ts";
import type { RegistryUse } from "../../checks/check.ts";
import type { Project } from "../../inspection/project.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { proxyNameOfTarget } from "../../protocol/contract-id.ts";
import type { Hex } from "../../protocol/hex.ts";
import { namesInCode } from "../../protocol/names-in-code.ts";

/**
 * Who depends on each registry entry that a proposal writes, as the registry is now: the contracts whose code carries the
 * entry's name, and the proxies that look their code up under it.
 */
export async function readRegistryUse(project: Project, { calls }: Proposal): Promise<Map<Hex, RegistryUse>> {
  const { controller } = project;
  const written = registrationsOf(calls).filter(({ position }) => calls[position]?.to === controller);
  if (controller === undefined || written.length === 0) return new Map();
  const registry = await readProjectRegistry(project);
  const targets = new Set(registry.map(({ proxy }) => proxy?.targetId));
  const contracts = registry.filter(({ id }) => !targets.has(id));
  const codes = await Promise.all(contracts.map(({ address, proxy }) => project.rpc.code(proxy?.implementation ?? address)));
  return new Map(
    written.map(({ id, name }): [Hex, RegistryUse] => {
      const contract = name === undefined ? undefined : (proxyNameOfTarget(name) ?? name);
      const readers = contract === undefined ? [] : contracts.filter((entry, index) => entry.name !== contract && namesInCode(codes[index] ?? "0x", [contract]).length > 0);
      const proxies = registry.filter(({ proxy }) => proxy?.targetId === id);
      return [id, { readers: readers.map((entry) => entry.name ?? entry.address), proxies: proxies.map((entry) => entry.name ?? entry.address) }];
    }),
  );
}
