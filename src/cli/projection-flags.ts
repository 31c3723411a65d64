import * as Flags from "@oclif/core/flags";
import { YEAR } from "../economics/economy.ts";
import { DEFAULT_CHEATING, REPORT_ROUNDS } from "../lifecycle/economics/economic-effect.ts";
import { assumption, parseNamed, parseShare, type ProjectionRequest } from "../lifecycle/economics/project-parameters.ts";
import { printable } from "../protocol/printable.ts";

const ASSUMPTIONS = "ASSUMPTIONS";
const VERIFICATION = "VERIFICATION";

export const projectionFlags = {
  rounds: Flags.integer({ min: 1, max: 100_000, helpValue: "N", exclusive: ["years"], summary: "How far, in rounds of the present length. Default 1095." }),
  years: Flags.string({ helpValue: "YEARS", summary: "How far, in years: 3, 0.5." }),
  paths: Flags.integer({ default: 2_000, min: 0, max: 100_000, helpValue: "N", summary: "Paths of chance; 0 for none." }),
  seed: Flags.string({ default: "1", helpValue: "N", summary: "Which paths: the same seed gives the same numbers." }),
  participation: Flags.option({ options: ["fixed", "mean-reverting", "history"] as const, default: "mean-reverting" as const, helpGroup: ASSUMPTIONS, summary: "How bonding goes on: as it is, straying around a mean, or as past rounds did." })(),
  bonded: Flags.string({ helpValue: "PERCENT", helpGroup: ASSUMPTIONS, summary: "Share of the supply that is bonded: always, or the mean. Default: as now." }),
  reversion: Flags.string({ default: "1%", helpValue: "PERCENT", helpGroup: ASSUMPTIONS, summary: "mean-reverting: how much of the way back is gone each round." }),
  noise: Flags.string({ default: "0.25%", helpValue: "PERCENT", helpGroup: ASSUMPTIONS, summary: "mean-reverting: what chance adds each round, one standard deviation." }),
  "history-rounds": Flags.integer({ default: 100, min: 10, max: 2_000, helpValue: "N", helpGroup: ASSUMPTIONS, summary: "history: how many past rounds to learn from. Needs their states." }),
  "reward-cut": Flags.string({ default: "10%", helpValue: "PERCENT", helpGroup: ASSUMPTIONS, summary: "What transcoders keep of rewards." }),
  "block-seconds": Flags.string({ helpValue: "SECONDS", helpGroup: ASSUMPTIONS, summary: "Between blocks, as rounds count them. Default: as the last 1000 took." }),
  stake: Flags.string({ default: "1000 LPT", helpValue: "LPT", helpGroup: VERIFICATION, summary: "Own stake of the transcoder that may cheat." }),
  "claim-segments": Flags.integer({ default: 1_000, min: 1, max: 1_000_000_000, helpValue: "N", helpGroup: VERIFICATION, summary: "Segments of a claim." }),
  "cheated-segments": Flags.integer({ default: 1, min: 1, max: 1_000_000_000, helpValue: "N", helpGroup: VERIFICATION, summary: "How many of them are not done." }),
  gain: Flags.string({ helpValue: "ETH", helpGroup: VERIFICATION, dependsOn: ["lpt-price"], summary: "What each of those brings." }),
  "lpt-price": Flags.string({ helpValue: "ETH", helpGroup: VERIFICATION, summary: "Of one LPT." }),
  "gas-price": Flags.string({ helpValue: "GWEI", helpGroup: VERIFICATION, summary: "For example 20 gwei." }),
};

/** The flags as oclif parses them. */
export interface ProjectionFlagValues {
  rounds: number | undefined;
  years: string | undefined;
  paths: number;
  seed: string;
  participation: "fixed" | "mean-reverting" | "history";
  bonded: string | undefined;
  reversion: string;
  noise: string;
  "history-rounds": number;
  "reward-cut": string;
  "block-seconds": string | undefined;
  stake: string;
  "claim-segments": number;
  "cheated-segments": number;
  gain: string | undefined;
  "lpt-price": string | undefined;
  "gas-price": string | undefined;
}

/** What the flags assume. @throws LPCTL_PROJECTION_ASSUMPTION, LPCTL_UNITS_* */
export function readProjectionFlags(flags: ProjectionFlagValues): Omit<ProjectionRequest, "settings" | "proposal" | "acceptRaw" | "samples"> {
  const bondedPpb = flags.bonded === undefined ? undefined : parseShare(flags.bonded, "percent-1e9", "--bonded");
  if (bondedPpb !== undefined && flags.participation === "history") throw assumption("--bonded does not go with --participation history", "The past tells how much is bonded.", "Leave out one of the two");
  if (!/^[0-9]{1,18}$/.test(flags.seed)) throw assumption(`--seed takes a whole number of at most 18 digits, not "${printable(flags.seed)}"`, "The same seed draws the same paths everywhere.", "For example: --seed 7");
  const cheated = flags["cheated-segments"];
  if (cheated > flags["claim-segments"]) throw assumption(`${cheated} of ${flags["claim-segments"]} segments cannot be cheated with`, "Those that are cheated with are some of the claim's.", "Give --claim-segments as well");
  const eth = (text: string, flag: string): bigint => amount(text, "wei-eth", flag);
  return {
    horizon: flags.years === undefined ? { rounds: flags.rounds ?? REPORT_ROUNDS } : { milliseconds: decimal(flags.years, "--years", 1_000n * YEAR) / 1_000n },
    paths: flags.paths,
    seed: BigInt(flags.seed),
    participation:
      flags.participation === "history"
        ? { kind: "history", rounds: flags["history-rounds"] }
        : flags.participation === "fixed"
          ? { kind: "fixed", bondedPpb }
          : { kind: "mean-reverting", bondedPpb, reversionPpb: parseShare(flags.reversion, "percent-1e9", "--reversion"), noisePpb: parseShare(flags.noise, "percent-1e9", "--noise") },
    rewardCut: parseShare(flags["reward-cut"], "percent-1e6", "--reward-cut"),
    blockMilliseconds: flags["block-seconds"] === undefined ? undefined : decimal(flags["block-seconds"], "--block-seconds", 1_000n),
    cheating: {
      ...DEFAULT_CHEATING,
      stakeWei: amount(flags.stake, "wei-lpt", "--stake"),
      segmentsPerClaim: BigInt(flags["claim-segments"]),
      cheatedSegments: BigInt(cheated),
      ...(flags.gain === undefined ? {} : { gainPerSegmentEthWei: eth(flags.gain, "--gain") }),
      ...(flags["lpt-price"] === undefined ? {} : { lptPriceEthWei: eth(flags["lpt-price"], "--lpt-price") }),
      ...(flags["gas-price"] === undefined ? {} : { gasPriceWei: eth(flags["gas-price"], "--gas-price") }),
    },
  };
}

/** An amount with its unit: a bare number would be wei, which nobody means here. */
function amount(text: string, unit: "wei-lpt" | "wei-eth", flag: string): bigint {
  const example = `"${unit === "wei-lpt" ? "1000 LPT" : flag === "--gas-price" ? "20 gwei" : "0.003 ETH"}"`;
  const { value, form } = parseNamed(text, unit, flag, example);
  if (form === "raw" || typeof value !== "bigint") throw assumption(`${flag} is an amount with its unit, not ${printable(text)}`, "A bare number would be wei.", `For example: ${flag} ${example}`);
  return value;
}

/** A positive decimal number of at most three decimals, times `unit`. */
function decimal(text: string, flag: string, unit: bigint): bigint {
  const [, whole, fraction = ""] = /^([0-9]{1,6})(?:\.([0-9]{1,3}))?$/.exec(text) ?? [];
  const value = whole === undefined ? 0n : (BigInt(`${whole}${fraction.padEnd(3, "0")}`) * unit) / 1_000n;
  if (value === 0n) throw assumption(`${flag} takes a number above zero, not "${printable(text)}"`, "At most six digits, and three behind the point.", `For example: ${flag} 1.5`);
  return value;
}
