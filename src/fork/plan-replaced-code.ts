import { TransactionPlan } from "../genesis/transaction-plan.ts";
import { Exit, LpctlError } from "../errors.ts";
import { contractId, targetIdName } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Artifact } from "../solidity/artifact.ts";
import type { PlannedSuite } from "./plan-suite.ts";
import type { ReplacedCode } from "./replaced-code.ts";
import type { SuiteSimulation } from "./simulate-suite.ts";

/** Replaced logic as it stands on the fork. */
export interface DeployedCode {
  contract: string;
  source: string;
  replaces: string;
  compiler: string;
  inputHash: Hex;
  address: Address;
  /** Of what its constructor gave when it was tried. */
  codeHash: Hex;
}

/**
 * Puts other logic behind the proxies of a planned suite, once the suite is whole: its parameters are set through the code that
 * has the setters, whatever the new code has. The words come later, and the new code is what the proxy goes back to then.
 * @throws LPCTL_FORK_CODE_ARGUMENTS where the constructor asks for more than the Controller
 */
export function planReplacedCode({ deployed, transactions }: PlannedSuite, code: readonly ReplacedCode[], options: { deployer: Address; firstNonce: bigint; gitCommitHash: Hex }): PlannedSuite {
  if (code.length === 0) return { deployed, transactions };
  const plan = new TransactionPlan(options.deployer, options.firstNonce + BigInt(transactions.length));
  const targets = { ...deployed.targets };
  for (const { contract, artifact } of code) {
    const name = targetIdName(contract);
    const address = plan.deploy(`code:deploy:${name}`, artifact, argumentsOf(artifact, deployed.controller));
    plan.call(`code:register:${name}`, deployed.controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [contractId(name), address, options.gitCommitHash]);
    targets[contract] = address;
  }
  return { deployed: { ...deployed, targets }, transactions: [...transactions, ...plan.transactions] };
}

/** Nothing, or the Controller: what the logic of a manager is made with. */
function argumentsOf({ abi, name }: Artifact, controller: Address): Address[] {
  const inputs = abi.find(({ type }) => type === "constructor")?.["inputs"];
  const types = Array.isArray(inputs) ? (inputs as { type?: unknown }[]).map(({ type }) => String(type)) : [];
  if (types.length === 0) return [];
  if (types.length === 1 && types[0] === "address") return [controller];
  throw new LpctlError({
    code: "LPCTL_FORK_CODE_ARGUMENTS",
    exit: Exit.refused,
    message: `The constructor of ${name} takes ${types.join(", ")}`,
    why: "a fork gives the logic of a proxy nothing but its Controller",
    next: "Make what it needs constants of the code, or variables that are set after the fork",
    details: { contract: name, types },
  });
}

/** @param simulation of the whole suite, in which it was deployed */
export function deployedCode(code: readonly ReplacedCode[], { targets }: PlannedSuite["deployed"], { byAddress }: SuiteSimulation): DeployedCode[] {
  return code.map(({ contract, source, replaces, artifact: { compiler, inputHash } }) => {
    const address = targets[contract];
    const codeHash = address === undefined ? undefined : byAddress.get(address.toLowerCase())?.codeHash;
    if (address === undefined || codeHash === undefined) throw new Error(`the code of ${contract} was not deployed`);
    return { contract, source, replaces, compiler, inputHash, address, codeHash };
  });
}
