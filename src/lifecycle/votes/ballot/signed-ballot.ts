/** Voting by signature: the voter signs and pays nothing, and whoever has the file sends it. */
import { id } from "ethers/hash";
import { describeRevert } from "../../../chain/fees.ts";
import { readFunction, tryReadFunction } from "../../../chain/read-function.ts";
import type { Receipt, Rpc } from "../../../chain/rpc.ts";
import { sendOperations } from "../../../chain/sender.ts";
import { Exit, LpctlError, type ErrorCode } from "../../../errors.ts";
import type { Project } from "../../../inspection/project.ts";
import type { Signer } from "../../../keys/signer.ts";
import type { Address, Hex } from "../../../protocol/hex.ts";
import { printable } from "../../../protocol/printable.ts";
import { formatHuman } from "../../../protocol/units.ts";
import { readVote } from "../../../voting/find/find-votes.ts";
import { governorInterface, SUPPORT, supportChoice } from "../../../voting/governor-contract.ts";
import type { VotingPower } from "../../../voting/power/power.ts";
import type { VoteSources } from "../../../voting/find/vote-sources.ts";
import { voteReference, type Choice } from "../../../voting/vote.ts";
import { journalFile } from "../../journals.ts";
import { ballotCall, ballotFormOf, ballotMessage, type Ballot } from "./ballot.ts";
import { loadBallotFile, requireVoter, type SignedBallot } from "./ballot-file.ts";
import { shortVoteId } from "../../../voting/short-reference.ts";
import { openBallot, prepareCast, type Ballotable, type Cast } from "../cast-vote.ts";

const DOMAIN = "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)";
/** Name, version, chain and contract, and nothing else: what OpenZeppelin's governors have. */
const FOUR_FIELDS = "0x0f";

/**
 * What a voter has to sign: the governor's own domain and form, as it says them, for this chain and this contract.
 * @throws LPCTL_VOTE_NO_BALLOT for a poll and for a governor that takes no signatures; LPCTL_VOTE_DOMAIN_DIFFERS
 */
export async function prepareBallot(project: Project, { vote, choice, reason }: Ballotable, voter: Address): Promise<Ballot> {
  if (vote.kind === "poll") throw noBallot(`${voteReference(vote)} is a poll, and a poll takes no votes by signature`, "its contract knows vote(uint256) and nothing else");
  const { governor, voteId } = vote;
  const [domain, typeHash] = await Promise.all([readDomain(project, governor), tryReadFunction(project.rpc, governor, "function BALLOT_TYPEHASH() view returns (bytes32)")]);
  const form = typeHash === undefined ? undefined : ballotFormOf(typeHash[0] as Hex);
  if (form === undefined) throw noBallot(`The governor ${governor} takes no votes by signature that lpctl knows`, typeHash === undefined ? "it does not answer BALLOT_TYPEHASH()" : `its BALLOT_TYPEHASH is ${String(typeHash[0])}, which is neither OpenZeppelin 4's nor 5's`);
  return { form, ...domain, chainId: project.chainId, governor, voteId, support: SUPPORT[choice], voter, nonce: form === "openzeppelin-5" ? await readNonce(project.rpc, governor, voter) : undefined, reason };
}

/**
 * Signs a ballot, and has the governor try it: a signature that it would count for somebody else, or not at all, never becomes a file.
 * @throws LPCTL_VOTE_BALLOT_FORGED, LPCTL_VOTE_BALLOT_REFUSED
 */
export async function signBallot(project: Project, ballot: Ballot, power: VotingPower, signer: Signer): Promise<SignedBallot> {
  const signed = { ballot, signature: await signer.signTypedData(...ballotMessage(ballot)) };
  requireVoter(signed, "The ballot");
  await requireTaken(project.rpc, signed, power);
  return signed;
}

export interface ReceivedBallot {
  signed: SignedBallot;
  cast: Cast;
}

/**
 * A signed ballot from a file, with what it would do; refused where it could not count.
 * @throws what `loadBallotFile`, `readVote`, `openBallot` and `prepareCast` throw; LPCTL_VOTE_BALLOT_OTHER_CHAIN, _BALLOT_OTHER_VOTE, _BALLOT_STALE, _BALLOT_REFUSED
 */
export async function openSignedBallot(project: Project, sources: VoteSources, path: string): Promise<ReceivedBallot> {
  const signed = await loadBallotFile(path);
  const { ballot } = signed;
  if (ballot.chainId !== project.chainId) throw refused("LPCTL_VOTE_BALLOT_OTHER_CHAIN", `${path} is a ballot for chain ${ballot.chainId}`, `${project.network} is chain ${project.chainId}`, "Choose the network that it is for: --network NAME");
  if (!sources.governors.includes(ballot.governor)) {
    throw refused("LPCTL_VOTE_BALLOT_OTHER_VOTE", `${path} is a ballot for ${ballot.governor}, which is no governor that lpctl knows here`, `known: ${sources.governors.join(", ") || "none"}`, "If it is one that you mean, name it: --governor ADDRESS");
  }
  const cast = await prepareCast(project, await openBallot(project, await readVote(project.rpc, { pollCreators: [], governors: [ballot.governor] }, ballot.voteId.toString()), choiceOf(ballot, path), ballot.reason), ballot.voter);
  const wanted = await prepareBallot(project, cast, ballot.voter);
  const different = (["form", "name", "version", "governor", "nonce"] as const).find((name) => ballot[name] !== wanted[name]);
  if (different === "nonce") throw refused("LPCTL_VOTE_BALLOT_STALE", `${path} was signed with the nonce ${String(ballot.nonce)}, and it is ${String(wanted.nonce)} now`, `another ballot of ${ballot.voter} was handed in after it was signed`, signAgain(ballot));
  if (different !== undefined) throw refused("LPCTL_VOTE_BALLOT_OTHER_VOTE", `${path} was not signed for this governor`, `its ${different} is ${printable(String(ballot[different]))}, and the governor's is ${printable(String(wanted[different]))}`, signAgain(ballot));
  await requireTaken(project.rpc, signed, cast.power);
  return { signed, cast };
}

/**
 * Hands a ballot in, and makes sure that the governor counted it for its voter.
 * @throws LPCTL_VOTE_BALLOT_NOT_COUNTED, what sendOperations throws
 */
export async function sendBallot(project: Project, { signed, cast }: ReceivedBallot, signer: Signer, onProgress?: (what: string) => void): Promise<Hex> {
  const { ballot, signature } = signed;
  const title = `Hand in the ballot of ${ballot.voter}`;
  const [result] = await sendOperations({
    rpc: project.rpc,
    chainId: project.chainId,
    signer,
    journalPath: await journalFile(project, `ballot-${id(signature).slice(2, 18)}-${signer.address.slice(2, 10).toLowerCase()}`),
    operations: [{ id: "hand-in", title, ...ballotCall(ballot, signature) }],
    onProgress: ({ kind, hash }) => onProgress?.(`${kind}: ${title}${hash === undefined ? "" : ` (${hash})`}`),
  });
  if (result?.outcome !== "confirmed") throw new Error("a ballot is never skipped");
  requireCounted(result.receipt, ballot, cast.choice);
  return result.hash;
}

/**
 * The domain by ERC-5267, or by name() and version() where a governor is older than that rule. What it says of itself must be so:
 * a signature for another chain or contract counts nowhere, or somewhere else.
 */
async function readDomain({ rpc, chainId }: Project, governor: Address): Promise<{ name: string; version: string }> {
  const [domain, name, version] = await Promise.all([
    tryReadFunction(rpc, governor, DOMAIN),
    tryReadFunction(rpc, governor, "function name() view returns (string)"),
    tryReadFunction(rpc, governor, "function version() view returns (string)"),
  ]);
  const getters = name === undefined || version === undefined ? undefined : { name: name[0] as string, version: version[0] as string };
  if (domain === undefined) {
    if (getters === undefined) throw noBallot(`The governor ${governor} does not say which domain votes are signed for`, "it answers neither eip712Domain() nor name() and version()");
    return getters;
  }
  const said = domain.toObject();
  const facts: [what: string, found: unknown, expected: unknown][] = [
    ["chain id", said["chainId"], chainId],
    ["contract", said["verifyingContract"], governor],
    ["fields", said["fields"], FOUR_FIELDS],
    ["extensions", (said["extensions"] as unknown[]).length, 0],
    ...(getters === undefined ? [] : ([["name", said["name"], getters.name], ["version", said["version"], getters.version]] as const).map(([what, found, expected]): [string, unknown, unknown] => [what, found, expected])),
  ];
  const different = facts.find(([, found, expected]) => found !== expected);
  if (different === undefined) return { name: said["name"] as string, version: said["version"] as string };
  const [what, found, expected] = different;
  throw refused("LPCTL_VOTE_DOMAIN_DIFFERS", `The governor ${governor} has votes signed for something else`, `the ${what} of its domain is ${printable(String(found))}, where ${printable(String(expected))} is expected`, "Do not sign. Vote by a transaction: lpctl vote cast, without --by-signature");
}

async function readNonce(rpc: Rpc, governor: Address, voter: Address): Promise<bigint> {
  return (await readFunction(rpc, governor, "function nonces(address owner) view returns (uint256)", [voter]))[0] as bigint;
}

/**
 * Governors of OpenZeppelin 4 count a ballot for whomever they recover from it, and never say whom they expected: the weight that
 * they give is what tells.
 */
async function requireTaken(rpc: Rpc, { ballot, signature }: SignedBallot, { weightWei }: VotingPower): Promise<void> {
  const { to, data } = ballotCall(ballot, signature);
  let answer: Hex;
  try {
    answer = await rpc.call({ to, data });
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_CHAIN_CALL_REVERTED") throw error;
    throw refused("LPCTL_VOTE_BALLOT_REFUSED", `The governor does not take this ballot of ${ballot.voter}`, await describeRevert(error), signAgain(ballot));
  }
  const counted = governorInterface.decodeFunctionResult("castVote", answer)[0] as bigint;
  if (counted === weightWei) return;
  throw refused("LPCTL_VOTE_BALLOT_REFUSED", `The governor would not count this ballot for ${ballot.voter}`, `it gives ${formatHuman(counted, "wei-lpt")} for it, and ${ballot.voter} has ${formatHuman(weightWei, "wei-lpt")}: it recovers somebody else from the signature`, signAgain(ballot));
}

function requireCounted(receipt: Receipt, ballot: Ballot, choice: Choice): void {
  for (const log of receipt.logs) {
    const event = log.address === ballot.governor ? governorInterface.parseLog({ topics: log.topics, data: log.data }) : null;
    if (event?.args["voter"] === ballot.voter && event.args["proposalId"] === ballot.voteId && supportChoice(event.args["support"] as bigint) === choice) return;
  }
  throw new LpctlError({
    code: "LPCTL_VOTE_BALLOT_NOT_COUNTED",
    exit: Exit.different,
    message: `The ballot is mined, and it was not counted as the vote of ${ballot.voter}`,
    why: `no event of ${ballot.governor} in ${receipt.transactionHash} says so`,
    next: `lpctl vote show ${shortVoteId(ballot.voteId)}`,
  });
}

function choiceOf({ support }: Ballot, path: string): Choice {
  const choice = supportChoice(BigInt(support));
  if (choice !== undefined) return choice;
  throw refused("LPCTL_VOTE_BALLOT_INVALID", `${path} is a ballot for the choice ${support}, which is none`, "a governor takes 0 against, 1 for and 2 abstain", "Have it signed again: lpctl vote cast VOTE CHOICE --by-signature");
}

function signAgain({ voteId }: Ballot): string {
  return `Have it signed again: lpctl vote cast ${shortVoteId(voteId)} CHOICE --by-signature --key NAME`;
}

function noBallot(message: string, why: string): LpctlError {
  return new LpctlError({ code: "LPCTL_VOTE_NO_BALLOT", exit: Exit.usage, message, why, next: "Vote by a transaction: leave --by-signature out" });
}

function refused(code: ErrorCode, message: string, why: string, next: string): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next });
}
