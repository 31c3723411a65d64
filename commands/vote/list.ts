import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatVotes } from "../../src/cli/format-votes.ts";
import { namedSources } from "../../src/cli/named-sources.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { Rpc } from "../../src/chain/rpc.ts";
import { voteSourceFlags } from "../../src/cli/vote-flags.ts";
import { Exit, LpctlError } from "../../src/errors.ts";
import { printable } from "../../src/protocol/printable.ts";
import type { VoteFacts } from "../../src/voting/vote.ts";

type State = VoteFacts["state"];
const OPEN: readonly State[] = ["pending", "active"];
const STATES: readonly State[] = ["pending", "active", "over", "canceled", "defeated", "succeeded", "queued", "expired", "executed"];

export default class VoteList extends ProjectCommand<typeof VoteList> {
  static override summary = "Polls and governors' votes of this network, and where each stands.";
  static override description = "Found in the logs of the registered PollCreator, LivepeerGovernor and StakeGovernor. Which proposal of this project a vote is about is told by its text and, where it would run something, by its calls.";
  static override flags = {
    state: Flags.option({ options: ["open", ...STATES] as const, summary: "Only votes in this state; repeatable. open: pending or active.", multiple: true })(),
    kind: Flags.option({ options: ["poll", "governor"] as const, summary: "Only polls, or only governors' votes." })(),
    since: Flags.string({ helpValue: "BLOCK", summary: "Only votes created in this block or later: for a provider that gives logs in small ranges only." }),
    ...voteSourceFlags,
  };
  static override examples = ["<%= config.bin %> vote list", "<%= config.bin %> vote list --state open", "<%= config.bin %> vote list --kind governor --governor 0x…"];

  protected override async execute(): Promise<Outcome> {
    const named = namedSources(this.flags, (text, what) => this.address(text, what));
    const fromBlock = parseBlock(this.flags.since);
    const project = await this.openProject("read");
    const [{ openVoteSources }, { listVotes }] = await Promise.all([import("../../src/lifecycle/votes/open-vote.ts"), import("../../src/lifecycle/votes/list-votes.ts")]);
    if (fromBlock !== undefined) await requireBlock(project.rpc, fromBlock);
    const sources = await openVoteSources(project, named);
    const states = (this.flags.state ?? []).flatMap((state): readonly State[] => (state === "open" ? OPEN : [state]));
    const votes = await listVotes(project, sources, { states, kind: this.flags.kind, fromBlock });
    return {
      result: { votes, pollCreators: sources.pollCreators, governors: sources.governors },
      text: () => (votes.length === 0 ? nothing(sources.pollCreators.length + sources.governors.length, states.length > 0 || this.flags.kind !== undefined || fromBlock !== undefined) : formatVotes(votes)),
      next: votes.length === 0 ? "lpctl vote create PROPOSAL --key NAME" : `lpctl vote show ${votes.at(-1)?.short ?? "VOTE"}`,
    };
  }
}

function parseBlock(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,18}$/.test(text)) return BigInt(text);
  throw refuseSince(text, "is no number of a block", "a block is named by its number in decimals");
}

/** Since a block that is still to come there are no votes, which is not what anybody asks. */
async function requireBlock(rpc: Rpc, block: bigint): Promise<void> {
  const latest = await rpc.blockNumber();
  if (block > latest) throw refuseSince(block.toString(), "is a block that is still to come", `the latest one is ${latest}`);
}

function refuseSince(text: string, what: string, why: string): LpctlError {
  return new LpctlError({ code: "LPCTL_USAGE_BLOCK", exit: Exit.usage, message: `--since ${printable(text)} ${what}`, why, next: "lpctl vote list --since 5857075" });
}

function nothing(sources: number, isFiltered: boolean): string {
  if (sources === 0) return "No PollCreator and no Governor is registered here; name one with --governor or --poll-creator";
  return isFiltered ? "No such votes" : "Nothing has been put to the vote yet";
}
