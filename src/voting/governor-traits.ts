import { readFunction, tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { ZERO_ADDRESS, type Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { readContractBlock } from "./contract-block.ts";
import type { Choice, ClockMode, RuleSetId } from "./vote.ts";

/** What is the same for all votes of one Governor. */
export interface GovernorTraits {
  clock: bigint;
  clockMode: ClockMode;
  rules: RuleSetId;
  quorumCounts: readonly Choice[];
  timelock: Address | undefined;
  token: Address | undefined;
  /** Share of the votes for and against that a vote needs, parts per million; where the Governor has one. */
  quotaPpm: bigint | undefined;
  /** Share of the active stake that transcoders must cast themselves, parts per million; of a StakeGovernor. */
  transcoderQuorumPpm: bigint | undefined;
}

/** @throws LPCTL_VOTE_NOT_A_GOVERNOR, LPCTL_VOTE_UNKNOWN_CLOCK */
export async function readGovernorTraits(rpc: Rpc, governor: Address): Promise<GovernorTraits> {
  const ask = (signature: string) => tryReadFunction(rpc, governor, `function ${signature}`).then((answer) => answer?.[0] as unknown);
  const [period, counting, mode, clock, timelock, token, quotaPpm, transcoderQuorumPpm] = await Promise.all([
    ask("votingPeriod() view returns (uint256)"),
    ask("COUNTING_MODE() view returns (string)"),
    ask("CLOCK_MODE() view returns (string)"),
    ask("clock() view returns (uint48)"),
    ask("timelock() view returns (address)"),
    ask("token() view returns (address)"),
    ask("quota() view returns (uint256)"),
    ask("transcoderQuorum() view returns (uint256)"),
  ]);
  if (period === undefined) throw notAGovernor(governor, "it does not answer votingPeriod(), as every Governor of OpenZeppelin's kind does");
  const counts = parseCountingMode(counting as string | undefined);
  return {
    clock: (clock as bigint | undefined) ?? (await readContractBlock(rpc, "latest")).contractNumber,
    clockMode: parseClockMode(mode as string | undefined, governor),
    rules: transcoderQuorumPpm !== undefined ? "stake-governor" : quotaPpm !== undefined && counts.includes("against") ? "livepeer-governor" : "oz-governor",
    quorumCounts: counts,
    timelock: addressOrNone(timelock),
    token: addressOrNone(token),
    quotaPpm: quotaPpm as bigint | undefined,
    transcoderQuorumPpm: transcoderQuorumPpm as bigint | undefined,
  };
}

function addressOrNone(answer: unknown): Address | undefined {
  return answer === undefined || answer === ZERO_ADDRESS ? undefined : (answer as Address);
}

/**
 * What a Governor counts its time in (ERC-6372). One that does not say is older than the rule and counts blocks.
 * @throws LPCTL_VOTE_UNKNOWN_CLOCK
 */
export function parseClockMode(text: string | undefined, governor: Address): ClockMode {
  const mode = text === undefined || text === "" ? "blocknumber" : new URLSearchParams(text).get("mode");
  switch (mode) {
    case "blocknumber":
      return "blocks";
    case "timestamp":
      return "seconds";
    case "livepeer_round":
      return "rounds";
    default:
      throw new LpctlError({
        code: "LPCTL_VOTE_UNKNOWN_CLOCK",
        exit: Exit.refused,
        message: `The Governor ${governor} counts its time in a way that lpctl does not know`,
        why: `its CLOCK_MODE is "${printable(text ?? "")}"; known are blocknumber, timestamp and livepeer_round`,
      });
  }
}

const BRAVO_QUORUM: readonly Choice[] = ["for", "abstain"];
const CHOICES: readonly Choice[] = ["for", "against", "abstain"];

/** Which choices make up the quorum. A Governor that does not say counts as OpenZeppelin's GovernorCountingSimple does. */
export function parseCountingMode(text: string | undefined): readonly Choice[] {
  const named = text === undefined ? null : new URLSearchParams(text).get("quorum");
  if (named === null) return BRAVO_QUORUM;
  const words = named.split(",").map((word) => word.trim());
  if (words.includes("bravo")) return ["for"];
  return CHOICES.filter((choice) => words.includes(choice));
}

export function notAGovernor(governor: Address, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_VOTE_NOT_A_GOVERNOR",
    exit: Exit.usage,
    message: `${governor} is not a Governor`,
    why,
    next: `lpctl authority show ${governor}`,
  });
}

/** The state's number. @throws LPCTL_CHAIN_CALL_REVERTED where the Governor does not know the vote */
export async function readStateNumber(rpc: Rpc, governor: Address, voteId: bigint): Promise<number> {
  const answer = await readFunction(rpc, governor, "function state(uint256) view returns (uint8)", [voteId]);
  return Number(answer[0] as bigint);
}
