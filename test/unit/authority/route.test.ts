import { Interface } from "ethers";
import { describe, expect, test } from "vitest";
import { governorInterface, hashUpdate, updateOf } from "../../../src/authority/governor.ts";
import { formatAuthority } from "../../../src/authority/format-authority.ts";
import { peopleOf, type AuthorityNode, type DividedNode, type GovernorNode, type SafeNode, type TimelockNode, type VoteGovernorNode } from "../../../src/authority/node.ts";
import { pathToPeople } from "../../../src/authority/path-to-people.ts";
import { planRoute } from "../../../src/authority/route.ts";
import type { RouteContext } from "../../../src/authority/step.ts";
import { Exit } from "../../../src/errors.ts";
import type { Call } from "../../../src/proposal/call.ts";
import { governorInterface as governorByVotes } from "../../../src/voting/governor-contract.ts";
import { parseVoteText } from "../../../src/voting/vote-text.ts";
import { address } from "../proposal/example-proposal.ts";

const KEYS = [address("a1"), address("a2"), address("a3")];
const key: AuthorityNode = { kind: "eoa", address: KEYS[0] ?? address("a1") };
const safe: SafeNode = { kind: "safe", address: address("5afe"), version: "1.4.1", threshold: 2, nonce: 4n, owners: KEYS.map((owner) => ({ kind: "eoa", address: owner })), modules: [], guard: null };
const unknown: AuthorityNode = { kind: "unknown", address: address("0ff") };
const governor = (owner: AuthorityNode): GovernorNode => ({ kind: "governor", address: address("90"), owner });
const timelock = (proposers: AuthorityNode[], executors: TimelockNode["executors"] = "anyone"): TimelockNode => ({
  kind: "timelock",
  address: address("71"),
  minDelaySeconds: 60n,
  proposers,
  executors,
  cancellers: [],
});

const byVotes = (timelockAddress?: VoteGovernorNode["timelock"]): VoteGovernorNode => ({
  kind: "vote-governor", address: address("7e"), votes: address("70"), timelock: timelockAddress, rules: "stake-governor", clockMode: "rounds",
  votingDelay: 1n, votingPeriod: 10n, proposalThresholdWei: 100n, quorumNumerator: 333_300n, quorumDenominator: 1_000_000n,
});
const driver = byVotes(address("71"));
const divided = (...rules: DividedNode["rules"]): DividedNode => ({ kind: "divided", address: address("d1"), owner: safe, rules });
const guardian: AuthorityNode = { kind: "guardian", address: address("6a"), guardian: safe, expiresAtSeconds: 1_800_000_000n };

const CALLS: Call[] = [
  { to: address("c0"), valueWei: 0n, data: "0x11111111" },
  { to: address("c1"), valueWei: 5n, data: "0x22222222" },
];
const CALLS_OF = CALLS.map(({ to, data }) => ({ target: to, selector: data }));
const context: RouteContext = {
  parameters: { salt: 3n, delayBlocks: 10n, delaySeconds: 0n },
  subject: { proposalId: `0x${"77".repeat(32)}`, title: "Two calls", reportHash: undefined, rehearsedAs: `0x${"78".repeat(32)}` },
  sinceBlock: 0n,
  chainId: 31337n,
  effect: () => Promise.resolve(undefined),
};
const routeOf = (node: AuthorityNode) => planRoute(node, CALLS, context);

describe("the route", () => {
  test.each<[string, AuthorityNode, string[]]>([
    ["of a key is one step", key, ["send"]],
    ["of a Safe is one step", safe, ["safe"]],
    ["of a key's Governor", governor(key), ["send", "governor-execute"]],
    ["of a Safe's Governor", governor(safe), ["safe", "governor-execute"]],
    ["of a timelock that anyone may execute", timelock([safe]), ["safe", "timelock-execute"]],
    ["of a timelock that a key executes", timelock([safe], [key]), ["safe", "send"]],
    ["of a timelock that prefers a key to a Safe", timelock([safe], [safe, key]), ["safe", "send"]],
    ["of a Governor owned by a timelock owned by a Safe", governor(timelock([safe])), ["safe", "timelock-execute", "governor-execute"]],
    ["of a governor by votes", byVotes(), ["vote-create", "vote", "vote-execute"]],
    ["of a timelock that such a governor drives", timelock([driver], [driver]), ["vote-create", "vote", "vote-queue", "vote-execute"]],
    ["of a timelock that such a governor proposes to by the way", timelock([byVotes()]), ["vote-create", "vote", "vote-execute", "timelock-execute"]],
    ["of a Governor owned by a driven timelock", governor(timelock([driver], [driver])), ["vote-create", "vote", "vote-queue", "vote-execute", "governor-execute"]],
    ["of a divided owner, where the calls are its owner's", divided(), ["safe"]],
    ["of a divided owner, where a vote has the calls", divided(...CALLS_OF.map((rule) => ({ ...rule, authority: byVotes() }))), ["vote-create", "vote", "vote-execute"]],
    ["of a timelock whose first proposer is of unknown kind", timelock([unknown, safe]), ["safe", "timelock-execute"]],
  ])("%s", (_what, node, kinds) => {
    expect(routeOf(node).map(({ kind }) => kind)).toEqual(kinds);
  });

  test.each<[string, AuthorityNode]>([
    ["a contract of unknown kind", unknown],
    ["a Governor whose owner is of unknown kind", governor(unknown)],
    ["a timelock nobody may propose to", timelock([])],
    ["a guardian, who can only veto", guardian],
    ["a timelock that only a Safe may execute", timelock([safe], [safe])],
  ])("through %s is refused in so many words", (_what, node) => {
    expect(() => routeOf(node)).toThrow(expect.objectContaining({ code: "LPCTL_AUTHORITY_NO_ROUTE", exit: Exit.usage }));
  });

  test("wraps the calls of a Governor into one update, which its owner stages", () => {
    const [stage, execute] = routeOf(governor(safe));
    const update = updateOf(CALLS, 3n);
    const decoded = governorInterface.parseTransaction({ data: stage?.calls[0]?.data ?? "" });
    expect(decoded?.name).toBe("stage");
    expect(decoded?.args[1]).toBe(10n);
    expect(execute?.calls).toEqual([{ to: address("90"), valueWei: 5n, data: governorInterface.encodeFunctionData("execute", [update]) }]);
    expect(stage?.by).toEqual({ kind: "safe", address: safe.address });
    expect(execute?.by).toEqual({ kind: "anyone" });
  });

  test.each<[string, AuthorityNode, string[][]]>([
    ["a Safe", safe, [["stage", "execute"]]],
    ["a Governor that a Safe owns", { ...governor(safe), address: address("91") }, [["stage", "execute"]]],
    ["a key, which makes one call at a time", key, [["stage"], ["execute"]]],
  ])("without delay, stages and executes in one step through %s", (_what, owner, expected) => {
    const free = CALLS.map((call) => ({ ...call, valueWei: 0n }));
    const steps = planRoute(governor(owner), free, { ...context, parameters: { ...context.parameters, delayBlocks: 0n } });
    expect(steps.map(({ calls }) => calls.map(({ data }) => governorInterface.parseTransaction({ data })?.name))).toEqual(expected);
    expect(steps.at(-1)?.title.includes("at once")).toBe(expected.length === 1);
  });

  test("without delay, leaves calls that carry ether to whoever brings it", () => {
    const steps = planRoute(governor(safe), CALLS, { ...context, parameters: { ...context.parameters, delayBlocks: 0n } });
    expect(steps.map(({ kind }) => kind)).toEqual(["safe", "governor-execute"]);
  });

  test("schedules a timelock's batch with its minimum delay when a shorter one is asked for", () => {
    const abi = new Interface(["function scheduleBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt, uint256 delay)"]);
    const delayOf = (delaySeconds: bigint): unknown => {
      const [schedule] = planRoute(timelock([safe]), CALLS, { ...context, parameters: { ...context.parameters, delaySeconds } });
      return abi.parseTransaction({ data: schedule?.calls[0]?.data ?? "" })?.args["delay"];
    };
    expect([delayOf(0n), delayOf(59n), delayOf(3600n)]).toEqual([60n, 60n, 3600n]);
  });

  test("puts the calls themselves to the vote where the governor drives the timelock, and those for a foreign one where not", () => {
    const calledBy = (node: AuthorityNode): unknown => governorByVotes.parseTransaction({ data: routeOf(node)[0]?.calls[0]?.data ?? "" })?.args.toArray(true).slice(0, 3);
    expect(calledBy(timelock([driver]))).toEqual([CALLS.map(({ to }) => to), CALLS.map(({ valueWei }) => valueWei), CALLS.map(({ data }) => data)]);
    expect(calledBy(timelock([byVotes()]))).toEqual([[address("71")], [0n], [expect.stringMatching(/^0x8f2a0bb0/)]]);
    // As the governor itself, past its own timelock.
    expect(calledBy(driver)).toEqual([[driver.address, driver.address], [0n, 0n], [expect.stringMatching(/^0xc28bc2fa/), expect.stringMatching(/^0xc28bc2fa/)]]);
    const [wrapped] = routeOf(divided(...CALLS_OF.map((rule) => ({ ...rule, authority: driver }))))[0]?.vote?.calls ?? [];
    expect(wrapped?.to).toBe(driver.address);
  });

  test("says in the text of the vote which proposal it is about, and in a rehearsal what stands for it", () => {
    const textOf = (reportHash: RouteContext["subject"]["reportHash"]): unknown =>
      governorByVotes.parseTransaction({ data: planRoute(byVotes(), CALLS, { ...context, subject: { ...context.subject, reportHash } })[0]?.calls[0]?.data ?? "" })?.args["description"];
    expect(parseVoteText(String(textOf(`0x${"9".repeat(64)}`)))).toEqual({ proposalId: context.subject.proposalId, reportHash: `0x${"9".repeat(64)}` });
    expect(parseVoteText(String(textOf(undefined)))?.proposalId).toBe(context.subject.rehearsedAs);
  });

  test("of divided powers is refused for calls of several, naming who has which", () => {
    const [first] = CALLS_OF;
    if (first === undefined) throw new Error("no calls");
    const node = divided({ ...first, authority: driver });
    for (const attempt of [() => routeOf(node), () => pathToPeople(node, CALLS)]) {
      expect(attempt).toThrow(expect.objectContaining({ code: "LPCTL_AUTHORITY_MIXED", exit: Exit.usage, why: `0x11111111 of ${CALLS[0]?.to} belongs to ${driver.address}; 0x22222222 of ${CALLS[1]?.to} belongs to ${safe.address}` }));
    }
    expect(pathToPeople(node, CALLS.slice(0, 1)).map(({ kind }) => kind)).toEqual(["divided", "vote-governor"]);
    expect(pathToPeople(node, CALLS.slice(1)).map(({ kind }) => kind)).toEqual(["divided", "safe"]);
  });

  test("keeps the value that calls carry on every level", () => {
    const [stage] = routeOf(governor(key));
    expect(stage?.calls[0]?.valueWei).toBe(0n);
    expect(routeOf(timelock([key])).at(-1)?.calls[0]?.valueWei).toBe(5n);
  });
});

test("an update's hash changes with its nonce and with every call", () => {
  const hashes = [updateOf(CALLS, 0n), updateOf(CALLS, 1n), updateOf(CALLS.toReversed(), 0n)].map(hashUpdate);
  expect(new Set(hashes).size).toBe(3);
});

test("an authority is shown down to its people, each of them once", () => {
  const node = governor(timelock([safe, key]));
  expect(peopleOf(node)).toEqual(KEYS);
  expect(formatAuthority(node).map((line) => line.trimEnd())).toEqual([
    `${address("90")}  Governor (LIP-25), owned by`,
    `  ${address("71")}  TimelockController, 60 s delay, proposers`,
    `    ${safe.address}  Safe 1.4.1, 2 of 3, nonce 4`,
    ...KEYS.map((owner) => `      ${owner}  key`),
    `    ${key.address}  key`,
  ]);
});

test("who may cancel is shown, and is not among those who can make something happen", () => {
  const node: AuthorityNode = { ...timelock([driver], [driver]), cancellers: [guardian] };
  expect(peopleOf(node)).toEqual([]);
  expect(formatAuthority(node)).toEqual([
    `${address("71")}  TimelockController, 60 s delay, proposers`,
    `  ${driver.address}  Governor by votes counted by ${address("70")}, quorum 33.33%, open for 10 rounds after 1 round`,
    "  may also cancel what is scheduled",
    `    ${guardian.address}  may veto until 2027-01-15 08:00 UTC, as decided by`,
    `      ${safe.address}  Safe 1.4.1, 2 of 3, nonce 4`,
    ...KEYS.map((owner) => `        ${owner}  key`),
  ]);
});
