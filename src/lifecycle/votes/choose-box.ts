import { requiredPoll } from "../../checks/required-poll.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { shortName } from "../../proposal/short-name.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { Address } from "../../protocol/hex.ts";
import type { VoteSources } from "../../voting/find/vote-sources.ts";
import type { Ballotbox } from "./create-vote.ts";

/**
 * Where a proposal is voted on: as a person says, else by the governor that its route leads through, else in a poll where the
 * policy asks for one.
 * @throws LPCTL_VOTE_NOT_NEEDED, LPCTL_VOTE_OTHER_ROUTE, LPCTL_VOTE_NO_POLL_CREATOR
 */
export function chooseBox({ policy }: Pick<Project, "policy">, { proposal, name }: StoredProposal, sources: VoteSources, wanted: { poll: boolean; governor: Address | undefined }): Ballotbox {
  const governors = proposal.authorities.filter(({ kind }) => kind === "vote-governor").map(({ address }) => address);
  const governor = wanted.governor ?? (wanted.poll ? undefined : governors[0]);
  if (governor !== undefined) {
    if (governors.includes(governor)) return { kind: "governor", governor };
    throw new LpctlError({
      code: "LPCTL_VOTE_OTHER_ROUTE",
      exit: Exit.refused,
      message: `What ${name} does is not for the governor ${governor} to decide`,
      why: `its contracts obey ${proposal.authorities.map(({ kind, address }) => `${kind} ${address}`).join(" <- ")}: a vote there would pass and its calls would revert`,
      next: governors[0] === undefined ? `Ask in a poll: lpctl vote create ${shortName(name)} --poll` : `lpctl vote create ${shortName(name)}`,
    });
  }
  if (!wanted.poll && requiredPoll(policy, proposal) === undefined) {
    throw new LpctlError({
      code: "LPCTL_VOTE_NOT_NEEDED",
      exit: Exit.usage,
      message: `Nobody has to vote on ${name}`,
      why: "its route leads through no governor, and the policy in lpctl.yaml asks for no poll about it",
      next: `To ask those with stake all the same: lpctl vote create ${shortName(name)} --poll`,
    });
  }
  const [pollCreator] = sources.pollCreators;
  if (pollCreator !== undefined) return { kind: "poll", pollCreator };
  throw new LpctlError({
    code: "LPCTL_VOTE_NO_POLL_CREATOR",
    exit: Exit.usage,
    message: "No PollCreator is registered on this network",
    why: "polls that others create count for nobody",
    next: "lpctl authority show Controller",
  });
}
