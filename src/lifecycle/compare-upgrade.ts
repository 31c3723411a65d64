import { readProxyShape } from "../chain/proxy-shape.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import { canonicalHash } from "../proposal/canonical.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import type { UpgradeTraits } from "../protocol/upgrade-traits.ts";
import type { UpgradeVerdict } from "../solidity/upgrade-check.ts";
import type { CodeValues } from "../solidity/value-findings.ts";
import { atOneBlock } from "./at-one-block.ts";
import { findContract, requireProxy, type Contract } from "../inspection/contract.ts";
import { checkLiveStorage } from "./check-live-storage.ts";
import { matchKnownCode } from "../inspection/known-code.ts";
import type { Project } from "../inspection/project.ts";
import { compileKnownContracts, compileReference, referenceOf } from "../inspection/sources.ts";

export interface UpgradeRequest {
  /** Registered name, or address of the proxy. */
  contract: string;
  /** Source of the new code, `path:Name`. */
  to: string;
  /** Source of the code that runs now, when it is not one lpctl can recognise. */
  from?: string | undefined;
}

/** What comparing the code that runs with the code that shall run gave. */
export interface UpgradeComparison {
  contract: Contract;
  from: CompiledUnit | undefined;
  to: CompiledUnit;
  verdict: UpgradeVerdict | undefined;
  /** Undefined where the code that runs is not known. */
  traits: UpgradeTraits | undefined;
  /** What construction and linking put into the code that runs; undefined where its source is not known. */
  values: CodeValues | undefined;
  findings: Finding[];
  layoutHash: `0x${string}`;
}

/**
 * Compiles the new source, finds the source of what runs now (by its bytecode), and compares storage layouts
 * and interfaces. Sends nothing.
 */
export async function compareUpgrade(given: Project, request: UpgradeRequest): Promise<UpgradeComparison> {
  const project = await atOneBlock(given);
  project.progress?.(`Compiling ${request.to} and comparing it with what runs`);
  const [contract, to] = await Promise.all([
    findContract(project, request.contract),
    compileReference(project, request.to),
  ]);
  const proxy = requireProxy(contract);
  const current = await currentUnit(project, contract, request.from);
  const findings: Finding[] = [...current.findings];
  let verdict: UpgradeVerdict | undefined;
  let traits: UpgradeTraits | undefined;
  if (current.unit !== undefined) {
    const [{ checkStorageUpgrade }, { traitsOfUpgrade }] = await Promise.all([import("../solidity/upgrade-check.ts"), import("../solidity/traits-of-upgrade.ts")]);
    verdict = await checkStorageUpgrade({
      from: current.unit,
      to,
      proxy: proxy.kind === "controller-registry" ? "controller-registry" : "erc1967",
      isTransparent: proxy.kind === "transparent",
    });
    const found = await checkLiveStorage(project, {
      contract: contract.name,
      proxy: contract.address,
      implementation: contract.implementation,
      from: current.unit,
      to,
      findings: verdict.findings,
    });
    verdict = { ...verdict, ok: found.every(({ severity }) => severity !== "refuse"), findings: found };
    findings.push(...found);
    traits = traitsOfUpgrade(current.unit, to, verdict.slots);
  }
  return {
    contract,
    from: current.unit,
    to,
    verdict,
    traits,
    values: current.values,
    findings,
    layoutHash: canonicalHash(to.artifact.storageLayout),
  };
}

async function currentUnit(
  project: Project,
  contract: Contract,
  from: string | undefined,
): Promise<{ unit: CompiledUnit | undefined; values?: CodeValues; findings: Finding[] }> {
  const code = await project.rpc.code(contract.implementation);
  if (code === "0x") {
    throw new LpctlError({
      code: "LPCTL_CONTRACT_WITHOUT_CODE",
      exit: Exit.refused,
      message: `The implementation of ${contract.name}, ${contract.implementation}, has no code`,
      why: "its proxy points to an empty address",
      next: `lpctl authority show ${contract.name}`,
    });
  }
  const named = from === undefined ? undefined : await compileReference(project, from);
  // A name given for other code does not count where the code itself is known: the name may come from a proposal's file.
  const match = (named === undefined ? undefined : matchKnownCode(code, [named])) ?? matchKnownCode(code, await compileKnownContracts(project));
  if (match !== undefined) {
    return {
      unit: match.unit,
      values: { address: contract.implementation, immutables: match.immutables, libraries: match.libraries },
      findings: [
        {
          severity: "info",
          code: "current-code-known",
          title: `${contract.name} runs ${referenceOf(match.unit)}`,
          detail:
            match.match === "exact"
              ? `the code at ${contract.implementation} is byte for byte what this source compiles to`
              : `the code at ${contract.implementation} differs from this source in metadata only`,
        },
      ],
    };
  }
  if (from !== undefined) {
    return {
      unit: named,
      findings: [
        {
          severity: "warning",
          code: "current-code-differs",
          title: `The code of ${contract.name} on chain is not what ${from} compiles to`,
          detail: `the comparison is with ${from}, as asked, not with what runs at ${contract.implementation}`,
        },
      ],
    };
  }
  const shape = await readProxyShape(project.rpc, contract.implementation);
  return {
    unit: undefined,
    findings: [
      {
        severity: "refuse",
        code: "current-code-unknown",
        title: `No known source compiles to the code of ${contract.name} at ${contract.implementation}`,
        detail:
          shape === undefined
            ? "without it storage layouts cannot be compared; name the source with --from FILE.sol:CONTRACT"
            : `it is itself ${shape.words}: what this proxy runs is decided there, and an upgrade here would cut that off`,
      },
    ],
  };
}
