import { compareFigures, type Invariant } from "../invariant.ts";

export const locksKept: Invariant = {
  name: "locks-kept",
  explains: "Stake on its way out keeps its amount and the round in which it is free.",
  breaks: "refuse",
  judge: ({ accounts }, { moment, control }) => {
    const locks = accounts.flatMap(({ address, nextLockId, locks: own }, at) => [
      { label: `the number of locks of ${address}`, is: nextLockId, was: control.accounts[at]?.nextLockId },
      ...own.map(({ id, amount, withdrawRound }, place) => {
        const was = control.accounts[at]?.locks[place];
        return { label: `lock ${id} of ${address}`, is: `${amount} from round ${withdrawRound}`, was: `${was?.amount} from round ${was?.withdrawRound}` };
      }),
    ]);
    return moment === "later" || locks.length === 0 ? undefined : compareFigures(locks);
  },
};
