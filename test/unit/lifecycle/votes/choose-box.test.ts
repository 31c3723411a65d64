import { expect, test } from "vitest";
import { chooseBox } from "../../../../src/lifecycle/votes/choose-box.ts";
import type { Policy } from "../../../../src/protocol/policy.ts";
import type { Intent } from "../../../../src/proposal/intent.ts";
import type { AuthorityRef } from "../../../../src/proposal/proposal.ts";
import type { StoredProposal } from "../../../../src/proposal/store.ts";
import { account, codeOf, CREATOR, GOVERNOR } from "./some-votes.ts";

const sources = { pollCreators: [CREATOR], governors: [GOVERNOR] };
const POLLS: Policy = { refuse: [], allow: [], requires: { vote: "poll", rules: "lip-16", for: ["pause"] } };
const THROUGH_VOTE: AuthorityRef[] = [{ kind: "timelock", address: account("8") }, { kind: "vote-governor", address: GOVERNOR }];
const THROUGH_SAFE: AuthorityRef[] = [{ kind: "safe", address: account("a") }];

function proposal(authorities: AuthorityRef[], kind: Intent["kind"] = "pause"): StoredProposal {
  // Nothing else of a proposal decides where it is voted on.
  return { name: "001-pause", folder: "", proposal: { authorities, intents: [{ kind }] } } as unknown as StoredProposal;
}

const choose = (stored: StoredProposal, policy?: Policy, wanted: Partial<Parameters<typeof chooseBox>[3]> = {}) =>
  chooseBox({ policy }, stored, sources, { poll: false, governor: undefined, ...wanted });

test("what a governor decides is voted on there, by itself or as it is told", () => {
  expect(choose(proposal(THROUGH_VOTE), POLLS)).toEqual({ kind: "governor", governor: GOVERNOR });
  expect(choose(proposal(THROUGH_VOTE), undefined, { governor: GOVERNOR })).toEqual({ kind: "governor", governor: GOVERNOR });
});

test("what others decide is voted on in a poll where the policy asks for one about such a change, or a person does", () => {
  expect(choose(proposal(THROUGH_SAFE), POLLS)).toEqual({ kind: "poll", pollCreator: CREATOR });
  expect(codeOf(() => choose(proposal(THROUGH_SAFE, "unpause"), POLLS))).toBe("LPCTL_VOTE_NOT_NEEDED");
  expect(codeOf(() => choose(proposal(THROUGH_SAFE)))).toBe("LPCTL_VOTE_NOT_NEEDED");
  expect(choose(proposal(THROUGH_SAFE), undefined, { poll: true })).toEqual({ kind: "poll", pollCreator: CREATOR });
});

test("a poll can be asked for besides the vote that decides", () => {
  expect(choose(proposal(THROUGH_VOTE), undefined, { poll: true })).toEqual({ kind: "poll", pollCreator: CREATOR });
});

test("a governor that decides nothing about it is refused, and so is a poll that nobody can create", () => {
  expect(codeOf(() => choose(proposal(THROUGH_SAFE), POLLS, { governor: GOVERNOR }))).toBe("LPCTL_VOTE_OTHER_ROUTE");
  expect(codeOf(() => chooseBox({ policy: POLLS }, proposal(THROUGH_SAFE), { pollCreators: [], governors: [] }, { poll: false, governor: undefined }))).toBe("LPCTL_VOTE_NO_POLL_CREATOR");
});
