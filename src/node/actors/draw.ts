import { id } from "ethers/hash";

/**
 * A number from 0 to `below - 1n` that follows from the seed and the name of the question alone: keccak256 of
 * "seed/question", modulo `below`. There is no stream of numbers to keep one's place in, so the answer is the same in
 * whatever order the questions are asked, and after a restart.
 */
export function draw(seed: bigint, question: string, below: bigint): bigint {
  return below <= 0n ? 0n : BigInt(id(`${seed}/${question}`)) % below;
}

/** One of `choices`, which must not be empty, by `draw`. */
export function drawOne<T>(seed: bigint, question: string, choices: readonly T[]): T {
  const choice = choices[Number(draw(seed, question, BigInt(choices.length)))];
  if (choice === undefined) throw new RangeError(`nothing to choose from for ${question}`);
  return choice;
}
