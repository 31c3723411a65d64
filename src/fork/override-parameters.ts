import { Exit, LpctlError } from "../errors.ts";
import { PARAMETERS } from "../protocol/parameters.ts";
import type { Parameter } from "../protocol/parameter.ts";
import type { ContractView, StateView } from "../snapshot/view/state-view.ts";
import type { ContractDraft } from "./contract-draft.ts";

/** Parameters that a constructor sets, so that they are arguments of the deployment and no words. */
export const CONSTRUCTED_PARAMETERS: readonly string[] = ["PollCreator.POLL_PERIOD", "Treasury.minDelay"];

const POOL_SIZE = "transcoderPool.maxSize";

/** Declares other words for parameters. @throws LPCTL_FORK_PARAMETER for one that is not a word of its own */
export function overrideParameters(view: StateView, draftOf: (name: string) => ContractDraft | undefined, parameters: Readonly<Record<string, bigint>>): void {
  for (const [id, value] of Object.entries(parameters)) {
    if (CONSTRUCTED_PARAMETERS.includes(id)) continue;
    const parameter = PARAMETERS.find((candidate) => candidate.id === id);
    const contract = parameter === undefined ? undefined : view.find(parameter.contract);
    const draft = parameter === undefined ? undefined : draftOf(parameter.contract);
    const place = parameter === undefined || contract === undefined ? undefined : placeOf(contract, parameter);
    if (draft === undefined || contract === undefined || place === undefined) throw unsettable(id, "it is no word of its own in the storage of its contract");
    if (place.name === POOL_SIZE) {
      const size = contract.cell("transcoderPool", "size").number();
      if (value < size) throw unsettable(id, `the pool has ${size} transcoders, and a pool cannot be smaller than that`);
    }
    draft.setPart(place.slot, place, value, place.name, "the fork file says so");
  }
}

/** A parameter as the snapshot has it; undefined for one that is no word of its own. */
export function readParameter(view: StateView, parameter: Parameter): bigint | undefined {
  const contract = view.find(parameter.contract);
  const place = contract === undefined ? undefined : placeOf(contract, parameter);
  if (contract === undefined || place === undefined) return undefined;
  return place.name === POOL_SIZE ? contract.cell("transcoderPool", "maxSize").number() : contract.number(place.name);
}

function placeOf(contract: ContractView, { getter }: Parameter): { slot: `0x${string}`; offset: number; size: number; name: string } | undefined {
  const getterName = /^function (\w+)\(\)/.exec(getter)?.[1];
  if (getterName === undefined) return undefined;
  // The launch suite of lpctl has one size for the pool and for who works.
  if (!contract.has("transcoderPool") && getterName === "getTranscoderPoolMaxSize") return undefined;
  if (getterName === "getTranscoderPoolMaxSize" || (getterName === "numActiveTranscoders" && !contract.has(getterName) && contract.has("transcoderPool"))) return { slot: contract.cell("transcoderPool", "maxSize").slot, offset: 0, size: 32, name: POOL_SIZE };
  const label = [getterName, `_${getterName}`].find((candidate) => contract.has(candidate));
  const item = contract.layout.storage.find((candidate) => candidate.label === label);
  const type = item === undefined ? undefined : contract.layout.types[item.type];
  if (label === undefined || item === undefined || type?.encoding !== "inplace" || type.members !== undefined) return undefined;
  return { slot: contract.cell(label).slot, offset: item.offset, size: Number(type.numberOfBytes), name: label };
}

function unsettable(id: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_PARAMETER",
    exit: Exit.refused,
    message: `${id} cannot be changed while the fork is made`,
    why,
    next: `Take it out of the fork file, and change it afterwards: lpctl params set ${id}`,
    details: { parameter: id },
  });
}
