/** Rules that several parameters share. Each says what the contracts enforce, or what they fail to. */
import type { ParameterRule } from "./parameter.ts";

export const MILLION = 10n ** 6n;
/** `blockhash` reaches back 256 blocks: a claim must be verified and slashable while its block's hash is known. */
const BLOCKHASH_REACH = 256n;

/** verificationPeriod + verificationSlashingPeriod <= 256; `other` is the id of the other of the two. */
export function withinBlockhashReach(other: string): ParameterRule {
  const otherName = other.slice(other.indexOf(".") + 1);
  return {
    id: "verification-within-256-blocks",
    severity: "refuse",
    words: "verificationPeriod + verificationSlashingPeriod <= 256 blocks",
    reads: [other],
    broken: (value, current) => {
      const sum = value + current(other);
      return sum > BLOCKHASH_REACH
        ? `${value} + ${current(other)} (${otherName}) = ${sum} blocks, more than 256; at most ${BLOCKHASH_REACH - current(other)} is possible, or lower ${otherName} first`
        : undefined;
    },
  };
}

/** A slash of 100% is legal and takes everything. */
export function belowEverything(words: string): ParameterRule {
  return {
    id: "slash-everything",
    severity: "warning",
    words,
    reads: [],
    broken: (value) => (value === MILLION ? "100% takes the whole stake of a transcoder and its delegators" : undefined),
  };
}

/** The pool is a linked list whose length the contracts allow to grow only; the same size again reverts too. */
export function onlyGrows(id: string): ParameterRule {
  return {
    id: "pool-only-grows",
    severity: "refuse",
    words: "the pool can only grow",
    reads: [id],
    broken: (value, current) => (value <= current(id) ? `it holds ${current(id)} now; only a greater number is accepted, and it can never shrink again` : undefined),
  };
}

/** Inserting into the pool walks it when the hint is wrong: a huge pool makes bonding run out of gas, for ever. */
export function costlyPool(): ParameterRule {
  return {
    id: "pool-too-long",
    severity: "warning",
    words: "at most 1000 places",
    reads: [],
    broken: (value) => (value > 1000n ? "more than 1000 places; insertion may walk the whole list, and the pool can never shrink again" : undefined),
  };
}

/** Launch suite: the active set is a part of the pool. */
export function activeWithinPool(): ParameterRule {
  return {
    id: "active-within-pool",
    severity: "refuse",
    words: "numActiveTranscoders <= numTranscoders",
    reads: ["BondingManager.numTranscoders"],
    broken: (value, current) =>
      value > current("BondingManager.numTranscoders")
        ? `the pool holds ${current("BondingManager.numTranscoders")}; set numTranscoders first, in the same batch`
        : undefined,
  };
}

/** A plain condition on the new value alone. */
export function when(id: string, severity: ParameterRule["severity"], words: string, isBroken: (value: bigint) => boolean, says: string): ParameterRule {
  return { id, severity, words, reads: [], broken: (value) => (isBroken(value) ? says : undefined) };
}
