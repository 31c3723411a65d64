import { readFunction } from "../chain/read-function.ts";
import { readParameters } from "../inspection/read-parameters.ts";
import type { Intent } from "../proposal/intent.ts";
import type { CodeEvidence } from "../proposal/proposal.ts";
import type { Address } from "../protocol/hex.ts";
import { formatHuman, formatRaw } from "../protocol/units.ts";
import { readNumber } from "./act.ts";
import { deployCode, registerIntent } from "./deploy-code.ts";
import type { Proof } from "./rehearsal.ts";
import { addressIn, type Stage } from "./stage.ts";

const PRECISE_MINTER = "contracts/token/PreciseMinter.sol:PreciseMinter";
const FINER_SCALE = 10n ** 9n;
const RATES = ["inflation", "inflationChange", "targetBondingRate"];
const COUNT = "view returns (uint256)";

/**
 * Deploys the Minter in parts of 10^9 with the rates of the registered one, multiplied into its scale (LIP-35). They are those
 * of this moment: a round that begins before the new Minter is registered moves the old one's inflation on.
 */
export async function deployPreciseMinter(stage: Stage): Promise<CodeEvidence> {
  const scale = await readScale(stage, addressIn(stage, "Minter"));
  const rates = await Promise.all(RATES.map((name) => readNumber(stage, "Minter", `function ${name}() ${COUNT}`)));
  return deployCode(stage, PRECISE_MINTER, [stage.protocol.controller, ...rates.map((rate) => (rate * FINER_SCALE) / scale)]);
}

/** Emptied while it is still registered, then replaced. Only in a stopped protocol. */
export function replaceMinter(stage: Stage, fresh: CodeEvidence): Intent[] {
  return [
    { kind: "migrate-minter", minter: addressIn(stage, "Minter"), newMinter: fresh.address, token: addressIn(stage, "LivepeerToken") },
    registerIntent(stage, "Minter", fresh),
  ];
}

/** The rates of the registered Minter in words and as it keeps them, by the scale that it tells. */
export interface MinterRates {
  words: string;
  raw: string;
  isCertain: boolean;
}

export async function readMinterRates({ project }: Stage): Promise<MinterRates> {
  const { live } = await readParameters(project);
  const rates = RATES.map((name) => {
    const found = live.find(({ parameter }) => parameter.id === `Minter.${name}`);
    if (found?.value === undefined) throw new Error(`the Minter has no ${name}`);
    return { ...found, value: found.value };
  });
  return {
    words: rates.map(({ parameter, value }) => `${parameter.name} ${formatHuman(value, parameter.unit)}`).join(", "),
    raw: rates.map(({ value }) => formatRaw(value)).join("/"),
    isCertain: rates.every(({ certain }) => certain),
  };
}

/** That the rates mean what they meant, and that everything has moved. The new Minter is the registered one. */
export async function proveReplacement(stage: Stage, old: Address, before: MinterRates): Promise<Proof[]> {
  const token = addressIn(stage, "LivepeerToken");
  const minter = addressIn(stage, "Minter");
  const [after, leftWei, leftEtherWei, [owner], from, to] = await Promise.all([
    readMinterRates(stage),
    readNumber(stage, token, `function balanceOf(address account) ${COUNT}`, [old]),
    stage.project.rpc.balanceWei(old),
    readFunction(stage.project.rpc, token, "function owner() view returns (address)"),
    readScale(stage, old),
    readScale(stage, minter),
  ]);
  return [
    {
      what: `the Minter counts in parts of ${to} instead of ${from}, and its rates mean the same`,
      holds: to === FINER_SCALE && after.isCertain && after.words === before.words && after.raw !== before.raw,
      detail: `${after.words}: ${before.raw} -> ${after.raw}`,
    },
    { what: "the old Minter holds nothing and mints nothing", holds: leftWei + leftEtherWei === 0n && owner === minter, detail: `owner of the token: ${String(owner)}` },
  ];
}

/**
 * That the round which has just begun, the first one of the new Minter, mints what the old one would have: the supply times
 * the rate that follows on the rate it stopped at.
 */
export async function proveMintable(stage: Stage, round: bigint, old: Address): Promise<Proof> {
  const [inflation, change, target] = await Promise.all(RATES.map((name) => readNumber(stage, old, `function ${name}() ${COUNT}`)));
  const [scale, supplyWei, bondedWei, mintableWei] = await Promise.all([
    readScale(stage, old),
    readNumber(stage, "LivepeerToken", `function totalSupply() ${COUNT}`),
    readNumber(stage, "BondingManager", `function getTotalBonded() ${COUNT}`),
    readNumber(stage, "Minter", `function currentMintableTokens() ${COUNT}`),
  ]);
  if (inflation === undefined || change === undefined || target === undefined) throw new Error("the old Minter has its rates");
  const bonded = (bondedWei * scale) / supplyWei;
  const next = bonded < target ? inflation + change : bonded === target ? inflation : inflation - change;
  const expectedWei = (supplyWei * next) / scale;
  return {
    what: `round ${round} mints through the new Minter what it would have minted through the old one`,
    holds: mintableWei === expectedWei && mintableWei > 0n,
    detail: `${formatHuman(expectedWei, "wei-lpt")} of ${formatHuman(supplyWei, "wei-lpt")} by the old Minter's ${inflation} -> ${next} parts of ${scale}, ${formatHuman(mintableWei, "wei-lpt")} by the new one's`,
  };
}

function readScale(stage: Stage, minter: Address): Promise<bigint> {
  return readNumber(stage, minter, `function PERC_DIVISOR() ${COUNT}`);
}
