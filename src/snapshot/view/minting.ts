import { BILLION, MILLION } from "../../economics/scale.ts";
import type { StateView } from "./state-view.ts";

/** What the Minter has and may mint. */
export interface Minting {
  inflation: bigint;
  inflationChange: bigint;
  targetBondingRate: bigint;
  /** What 100% is in these rates: a constant of the code, known by its source; undefined where that is another. */
  percentScale: bigint | undefined;
  mintableWei: bigint;
  mintedWei: bigint;
  /** Ether of all deposits, reserves, escrows and fees. */
  balanceWei: bigint;
}

const SCALES: Readonly<Record<string, bigint>> = { Minter: MILLION, MinterPausedDeposit2018: MILLION, PreciseMinter: BILLION };

/** @throws LPCTL_SNAPSHOT_NO_CONTRACT */
export function mintingOf(view: StateView): Minting {
  const minter = view.contract("Minter");
  return {
    inflation: minter.number("inflation"),
    inflationChange: minter.number("inflationChange"),
    targetBondingRate: minter.number("targetBondingRate"),
    percentScale: percentScaleOf(minter.state.layoutOf),
    mintableWei: minter.number("currentMintableTokens"),
    mintedWei: minter.number("currentMintedTokens"),
    balanceWei: minter.state.account.balanceWei,
  };
}

/** The scale of the rates of a contract, by what its source is called: `contracts/token/Minter.sol:Minter`. */
export function percentScaleOf(layoutOf: string | undefined): bigint | undefined {
  return SCALES[layoutOf?.split(":")[1] ?? ""];
}
