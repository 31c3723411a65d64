import { anotherContract, otherPayments, unlessCarriedOver } from "../another-contract.ts";
import { compareFigures, type Invariant } from "../invariant.ts";

export const transcodersKept: Invariant = {
  name: "transcoders-kept",
  explains: "A transcoder's terms, its rounds, its rewards, its votes and its place in the active set are the same right after the proposal.",
  breaks: "refuse",
  judge: (state, scene) => {
    const { transcoders } = state;
    const { moment, control } = scene;
    if (moment === "later" || transcoders.length === 0) return undefined;
    // Prices on chain are those of jobs; votes are counted elsewhere than stake.
    const gone = new Set([...(otherPayments(state, scene) === undefined ? [] : ["price"]), ...(anotherContract("BondingVotes", state, scene) === undefined ? [] : ["votes"])]);
    const kept = compareFigures(
      transcoders.flatMap(({ address, terms, ...rest }, at) => {
        const was = control.transcoders[at];
        const names = (["registered", "active", "totalStake", "price", "votes"] as const).filter((name) => !gone.has(name)).map((name) => ({ label: `${name} of ${address}`, is: rest[name], was: was?.[name] }));
        return [...names, ...Object.entries(was?.terms ?? {}).map(([name, value]) => ({ label: `${name} of ${address}`, is: terms[name], was: value }))];
      }),
    );
    return unlessCarriedOver(kept, anotherContract("BondingManager", state, scene));
  },
};
