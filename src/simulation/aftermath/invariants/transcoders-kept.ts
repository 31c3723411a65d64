import { compareFigures, type Invariant } from "../invariant.ts";

export const transcodersKept: Invariant = {
  name: "transcoders-kept",
  explains: "A transcoder's terms, its rounds, its rewards, its votes and its place in the active set are the same right after the proposal.",
  breaks: "refuse",
  judge: ({ transcoders }, { moment, control }) => {
    if (moment === "later" || transcoders.length === 0) return undefined;
    return compareFigures(
      transcoders.flatMap(({ address, terms, ...rest }, at) => {
        const was = control.transcoders[at];
        const names = (["registered", "active", "totalStake", "price", "votes"] as const).map((name) => ({ label: `${name} of ${address}`, is: rest[name], was: was?.[name] }));
        return [...names, ...Object.entries(was?.terms ?? {}).map(([name, value]) => ({ label: `${name} of ${address}`, is: terms[name], was: value }))];
      }),
    );
  },
};
