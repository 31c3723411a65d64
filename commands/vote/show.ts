import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatVote } from "../../src/cli/format-vote.ts";
import { addressOfKey } from "../../src/cli/key-address.ts";
import { namedSources } from "../../src/cli/named-sources.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { voteArgs, voteSourceFlags } from "../../src/cli/vote-flags.ts";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { VoteView } from "../../src/lifecycle/votes/show-vote.ts";
import { shortName } from "../../src/proposal/short-name.ts";
import type { Address } from "../../src/protocol/hex.ts";

export default class VoteShow extends ProjectCommand<typeof VoteShow> {
  static override summary = "A vote: what it is about, what it would run, how it stands, what it still needs.";
  static override description =
    "With --account or --key also what that account can do in it: its weight at the moment that decides, whom it takes that from, and whether " +
    "a vote of it would count. Exit code 3 when the text names a proposal of this project and the calls are not that proposal's.";
  static override args = voteArgs;
  static override flags = {
    account: Flags.string({ helpValue: "ADDRESS", summary: "Also the voting power of this account.", exclusive: ["key"] }),
    key: Flags.string({ helpValue: "NAME", summary: "Also the voting power of this key; it is not unlocked." }),
    watch: Flags.boolean({ summary: "Show it again as blocks come until it takes no more votes or you leave with q; a line per change off a terminal.", exclusive: ["json"] }),
    ...voteSourceFlags,
  };
  static override examples = ["<%= config.bin %> vote show 1", "<%= config.bin %> vote show 0x1a2b3c4d --account 0x…", "<%= config.bin %> vote show 0x1a2b3c4d --watch"];

  protected override async execute(): Promise<Outcome> {
    const named = namedSources(this.flags, (text, what) => this.address(text, what));
    const given = this.flags.account === undefined ? undefined : this.address(this.flags.account, "--account");
    const project = await this.openProject("read");
    const account = given ?? (await this.accountOfKey());
    const [{ openVoteSources }, { refusalOf, showVote }] = await Promise.all([import("../../src/lifecycle/votes/open-vote.ts"), import("../../src/lifecycle/votes/show-vote.ts")]);
    const { shortReference } = await import("../../src/voting/short-reference.ts");
    const sources = await openVoteSources(project, named);
    const look = (): Promise<VoteView> => showVote(project, sources, this.args.vote, { account });
    let view = await look();
    if (this.flags.watch) {
      const { watchVote } = await import("../../src/cli/watch-vote.ts");
      view = await watchVote(view, { ...project, progress: undefined }, sources, { account });
    }
    return { result: view, text: () => formatVote(view), next: nextFor(view, shortReference(view.vote)), failure: refusalOf(view) };
  }

  private async accountOfKey(): Promise<Address | undefined> {
    const { key } = this.flags;
    if (key === undefined) return undefined;
    const address = await addressOfKey(await this.loadConfig(), await this.network("read"), key);
    if (address !== undefined) return address;
    throw new LpctlError({
      code: "LPCTL_VOTE_NO_ACCOUNT",
      exit: Exit.usage,
      message: `Nothing says which account the key ${key} is`,
      why: "there is no such key, or its file does not say its address and it is not unlocked for looking",
      next: "lpctl vote show VOTE --account ADDRESS, or lpctl keys list",
    });
  }
}

function nextFor({ vote, proposal, power }: VoteView, reference: string): string | undefined {
  const name = proposal?.relation === "belongs" ? shortName(proposal.name) : reference;
  switch (vote.state) {
    case "pending":
      return `lpctl vote show ${name} --watch`;
    case "active":
      return power?.canCount.yes === false ? undefined : `lpctl vote cast ${reference} ${vote.kind === "poll" ? "yes|no" : "for|against|abstain"} --key NAME`;
    case "succeeded":
    case "queued":
      return `lpctl vote execute ${name} --key NAME`;
    case "over":
      return `lpctl vote tally ${name}`;
    case "canceled":
    case "defeated":
    case "expired":
    case "executed":
      return undefined;
  }
}
