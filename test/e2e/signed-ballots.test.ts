/** Votes in a governor that knows nothing of lpctl: OpenZeppelin 5, whose ballots name the voter and a nonce, without a timelock. */
import { join } from "node:path";
import { Interface } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Transport } from "../../src/chain/rpc.ts";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Project } from "../../src/inspection/project.ts";
import { formatBallotFile, saveBallotFile } from "../../src/lifecycle/votes/ballot/ballot-file.ts";
import { ballotMessage, type Ballot } from "../../src/lifecycle/votes/ballot/ballot.ts";
import { openBallot, prepareCast, sendCasts, type Ballotable } from "../../src/lifecycle/votes/cast-vote.ts";
import { executeVote } from "../../src/lifecycle/votes/execute-vote.ts";
import { readOwnVotes } from "../../src/lifecycle/votes/own-votes.ts";
import { openSignedBallot, prepareBallot, sendBallot, signBallot } from "../../src/lifecycle/votes/ballot/signed-ballot.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { readVote } from "../../src/voting/find/find-votes.ts";
import { hashVote } from "../../src/voting/vote-id.ts";
import type { VoteSources } from "../../src/voting/find/vote-sources.ts";
import type { GovernorVoteFacts } from "../../src/voting/vote.ts";
import { compileArtifacts, deploy, failureOf, mine, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";

const GOVERNORS = "test/fixtures/contracts/OpenGovernor.sol";
const PROPOSE = "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description)";
const transfers = new Interface(["function transfer(address to, uint256 amount)"]);

let local: LocalProject;
let governor: Address;
let token: Address;
let sources: VoteSources;
let vote: GovernorVoteFacts;
let reset: () => Promise<void>;

async function look(): Promise<GovernorVoteFacts> {
  const found = await readVote(local.rpc, sources, vote.voteId.toString());
  if (found.kind !== "governor") throw new Error("not a governor's");
  return found;
}

beforeAll(async () => {
  const [started, artifactOf] = await Promise.all([startLocalProject(), compileArtifacts([`${GOVERNORS}:OpenToken`, `${GOVERNORS}:OpenGovernor`])]);
  local = started;
  const { rpc, accounts } = local;
  token = await deploy(rpc, accounts.deployer, artifactOf("OpenToken"), [accounts.delegator]);
  governor = await deploy(rpc, accounts.deployer, artifactOf("OpenGovernor"), [token]);
  sources = { pollCreators: [], governors: [governor] };
  await sendAs(rpc, accounts.delegator, token, "function delegate(address delegatee)", [accounts.delegator]);
  const calls = [{ to: token, valueWei: 0n, data: transfers.encodeFunctionData("transfer", [accounts.operator, 0n]) as Hex }];
  await sendAs(rpc, accounts.delegator, governor, PROPOSE, [[token], [0n], calls.map(({ data }) => data), "pay nothing"]);
  await mine(rpc, 2n, 61n);
  const found = await readVote(rpc, sources, hashVote(calls, "pay nothing").toString());
  if (found.kind !== "governor") throw new Error("not a governor's");
  vote = found;
  reset = await local.checkpoint();
});
beforeEach(() => reset());
afterAll(() => local.stop());

const open = (reason?: string): Promise<Ballotable> => openBallot(local.project, vote, "for", reason);
const path = (): string => join(local.project.folder, "ballot.json");

async function signed(reason?: string): Promise<Ballot> {
  const ballotable = await open(reason);
  const { accounts, signers, project } = local;
  const ballot = await prepareBallot(project, ballotable, accounts.delegator);
  await saveBallotFile(path(), await signBallot(project, ballot, (await prepareCast(project, ballotable, accounts.delegator)).power, signers.delegator));
  return ballot;
}

describe("a ballot", () => {
  test.each([undefined, "because\nit is “cheap”"])("with reason %j is counted for its voter, whoever sends it", async (reason) => {
    expect(await signed(reason)).toMatchObject({ form: "openzeppelin-5", name: "Open", version: "1", nonce: 0n, voter: local.accounts.delegator });
    await sendBallot(local.project, await openSignedBallot(local.project, sources, path()), local.signers.operator);
    expect(await look()).toMatchObject({ forWei: 1_000n * 10n ** 18n, againstWei: 0n });
    expect(await failureOf(openSignedBallot(local.project, sources, path()))).toMatchObject({ code: "LPCTL_VOTE_ALREADY_CAST" });
  });

  test("is never made by a key that is not the voter's", async () => {
    const { project, accounts, signers } = local;
    const ballotable = await open();
    const ballot = await prepareBallot(project, ballotable, accounts.delegator);
    const { power } = await prepareCast(project, ballotable, accounts.delegator);
    expect(await failureOf(signBallot(project, ballot, power, signers.operator))).toMatchObject({ code: "LPCTL_VOTE_BALLOT_FORGED" });
  });

  test("is refused when the voter has handed in another one since", async () => {
    const ballot = await signed();
    const { project, signers } = local;
    const stale = { ballot: { ...ballot, nonce: 5n }, signature: "0x" as Hex };
    stale.signature = await signers.delegator.signTypedData(...ballotMessage(stale.ballot));
    await saveBallotFile(path(), stale);
    expect(await failureOf(openSignedBallot(project, sources, path()))).toMatchObject({ code: "LPCTL_VOTE_BALLOT_STALE", why: expect.stringContaining("handed in") as string });
  });

  test.each([
    ["for another chain", { chainId: 1n }, "LPCTL_VOTE_BALLOT_OTHER_CHAIN"],
    ["for a governor that nobody named", { governor: "0x00000000000000000000000000000000000000C5" as Address }, "LPCTL_VOTE_BALLOT_OTHER_VOTE"],
    ["under another name of the contract", { name: "Closed" }, "LPCTL_VOTE_BALLOT_OTHER_VOTE"],
    ["in the form of OpenZeppelin 4", { form: "openzeppelin-4", nonce: undefined }, "LPCTL_VOTE_BALLOT_OTHER_VOTE"],
    ["for a vote that does not exist", { voteId: 5n }, "LPCTL_VOTE_UNKNOWN"],
    ["for a choice that does not exist", { support: 7 }, "LPCTL_VOTE_BALLOT_INVALID"],
  ] as [string, Partial<Ballot>, string][])("rightly signed %s is refused before anything is sent", async (_what, changed, code) => {
    const ballot = { ...(await signed()), ...changed };
    const signature = await local.signers.delegator.signTypedData(...ballotMessage(ballot));
    const block = await local.rpc.blockNumber();
    await saveBallotFile(path(), { ballot, signature });
    expect(await failureOf(openSignedBallot(local.project, sources, path())), formatBallotFile({ ballot, signature })).toMatchObject({ code });
    expect(await local.rpc.blockNumber()).toBe(block);
  });

  test("is not signed for a governor that says its signatures are for another contract", async () => {
    const lie = answering("0x84b0196e", (answer) => answer.replaceAll(governor.slice(2).toLowerCase(), token.slice(2).toLowerCase()));
    expect(await failureOf(prepareBallot({ ...local.project, rpc: local.rpc.through(lie) }, await open(), local.accounts.delegator))).toMatchObject({ code: "LPCTL_VOTE_DOMAIN_DIFFERS", why: expect.stringContaining(token) as string });
  });
});

test("a vote that was sent and not seen to be mined is not cast twice, and not taken for done", async () => {
  const { project, accounts, signers } = local;
  const deaf: Project = { ...project, rpc: local.rpc.through(without("eth_getTransactionReceipt")) };
  const first = await prepareCast(project, await open(), accounts.delegator);
  expect(first.standings).toMatchObject({ before: { rules: "oz-governor", forWei: 0n, outcome: "invalid" }, after: { forWei: 1_000n * 10n ** 18n, outcome: "passed" } });
  expect(await failureOf(sendCasts(deaf, [first], signers.delegator))).toMatchObject({ code: "LPCTL_RPC_UNREACHABLE" });
  const again = await prepareCast(project, await open(), accounts.delegator);
  expect(again.remarks).toContainEqual(expect.stringMatching(/goes on with the same transaction/));
  const [hash] = await sendCasts(project, [again], signers.delegator);
  expect(await readOwnVotes(local.rpc, vote, accounts.delegator)).toEqual([{ choice: "for", transaction: hash }]);
  expect(await failureOf(prepareCast(project, await open(), accounts.delegator))).toMatchObject({ code: "LPCTL_VOTE_ALREADY_CAST" });
});

test("a vote of no proposal is executed without a queue, once it has passed, by anyone", async () => {
  const { project, accounts, signers, rpc } = local;
  await sendCasts(project, [await prepareCast(project, await open(), accounts.delegator)], signers.delegator);
  expect((await executeVote(project, await look(), { signer: signers.operator })).step).toMatchObject({ step: "wait", untilSeconds: undefined });
  await mine(rpc, 2n, 3_601n);
  const { step, sent } = await executeVote(project, await look(), { signer: signers.operator });
  expect([step.step, sent.length]).toEqual(["done", 1]);
  expect(await failureOf(openBallot(project, await look(), "against"))).toMatchObject({ code: "LPCTL_VOTE_EXECUTED" });
});

test("a vote that was defeated is never executed", async () => {
  await mine(local.rpc, 2n, 3_601n);
  expect(await failureOf(executeVote(local.project, await look(), { signer: local.signers.operator }))).toMatchObject({ code: "LPCTL_VOTE_NOT_EXECUTABLE", exit: Exit.refused });
});

/** Changes the answers to calls of one function. */
function answering(selector: Hex, change: (answer: string) => string): (transport: Transport) => Transport {
  return (transport) => ({
    endpoint: transport.endpoint,
    async send(method, params, options) {
      const answer = await transport.send(method, params, options);
      const { data } = (params[0] ?? {}) as { data?: string };
      return method === "eth_call" && data?.startsWith(selector) === true && typeof answer === "string" ? change(answer) : answer;
    },
  });
}

/** Does not answer one method. */
function without(forbidden: string): (transport: Transport) => Transport {
  return (transport) => ({
    endpoint: transport.endpoint,
    async send(method, params, options) {
      if (method === forbidden) throw new LpctlError({ code: "LPCTL_RPC_UNREACHABLE", exit: Exit.network, message: "gone" });
      return transport.send(method, params, options);
    },
  });
}
