import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

export const voteArgs = {
  vote: Args.string({
    required: true,
    description: "A poll's address, a governor's vote id, first bytes of one of them, or the proposal it is about: number, name, first bytes of its id.",
  }),
};

/** Where else votes are looked for than where the Controller says. */
export const voteSourceFlags = {
  governor: Flags.string({ helpValue: "ADDRESS", summary: "Also this Governor, which the Controller does not register; repeatable.", multiple: true }),
  "poll-creator": Flags.string({ helpValue: "ADDRESS", summary: "Also polls of this PollCreator; they are named as foreign. Repeatable.", multiple: true }),
};
