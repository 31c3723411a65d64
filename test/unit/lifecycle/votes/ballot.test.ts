import { Wallet, id, keccak256, AbiCoder, concat, Interface, toUtf8Bytes } from "ethers";
import { describe, expect, test } from "vitest";
import { ballotCall, ballotFormOf, ballotHashes, ballotMessage, type Ballot } from "../../../../src/lifecycle/votes/ballot/ballot.ts";
import { formatBallotFile, parseBallotFile, type SignedBallot } from "../../../../src/lifecycle/votes/ballot/ballot-file.ts";
import type { Address, Hex } from "../../../../src/protocol/hex.ts";
import { codeOf, GOVERNOR } from "./some-votes.ts";

const wallet = new Wallet(`0x${"11".repeat(32)}`);
const other = new Wallet(`0x${"22".repeat(32)}`);
const four: Ballot = { form: "openzeppelin-4", name: "LivepeerGovernor", version: "1", chainId: 31337n, governor: GOVERNOR, voteId: 77n, support: 1, voter: wallet.address as Address, nonce: undefined, reason: undefined };
const five: Ballot = { ...four, form: "openzeppelin-5", nonce: 3n };

async function sign(ballot: Ballot, by = wallet): Promise<SignedBallot> {
  return { ballot, signature: (await by.signTypedData(...ballotMessage(ballot))) as Hex };
}

/** As the contract computes it: keccak of the type's hash and the words, over the separator of the domain. */
function digest(type: string, words: [string, unknown][], { name, version, chainId, governor }: Ballot): string {
  const coder = AbiCoder.defaultAbiCoder();
  const separator = keccak256(
    coder.encode(
      ["bytes32", "bytes32", "bytes32", "uint256", "address"],
      [id("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"), id(name), id(version), chainId, governor],
    ),
  );
  const struct = keccak256(coder.encode(["bytes32", ...words.map(([kind]) => kind)], [id(type), ...words.map(([, value]) => value)]));
  return keccak256(concat(["0x1901", separator, struct]));
}

describe("a ballot", () => {
  test("is recognised by the type hash that the governor gives", () => {
    // Of the published LivepeerGovernor.
    expect(ballotFormOf("0x150214d74d59b7d1e90c73fc22ef3d991dd0a76b046543d4d80ab92d2a50328f")).toBe("openzeppelin-4");
    expect(ballotFormOf(id("Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)") as Hex)).toBe("openzeppelin-5");
    expect(ballotFormOf(id("Ballot(uint256 proposalId,bool support)") as Hex)).toBeUndefined();
  });

  test.each([
    ["of OpenZeppelin 4", four, "Ballot(uint256 proposalId,uint8 support)", [["uint256", 77n], ["uint8", 1]]],
    [
      "of OpenZeppelin 4 with a reason",
      { ...four, reason: "cheaper" },
      "ExtendedBallot(uint256 proposalId,uint8 support,string reason,bytes params)",
      [["uint256", 77n], ["uint8", 1], ["bytes32", id("cheaper")], ["bytes32", keccak256("0x")]],
    ],
    [
      "of OpenZeppelin 5",
      five,
      "Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)",
      [["uint256", 77n], ["uint8", 1], ["address", wallet.address], ["uint256", 3n]],
    ],
    [
      "of OpenZeppelin 5 with a reason",
      { ...five, reason: "" },
      "ExtendedBallot(uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason,bytes params)",
      [["uint256", 77n], ["uint8", 1], ["address", wallet.address], ["uint256", 3n], ["bytes32", keccak256(toUtf8Bytes(""))], ["bytes32", keccak256("0x")]],
    ],
  ] as [string, Ballot, string, [string, unknown][]][])("%s is hashed as the contract hashes it", (_name, ballot, type, words) => {
    const { domainHash, messageHash, hash } = ballotHashes(ballot);
    expect(hash).toBe(digest(type, words, ballot));
    expect(keccak256(concat(["0x1901", domainHash, messageHash]))).toBe(hash);
  });

  test("of OpenZeppelin 5 needs its nonce", () => {
    expect(() => ballotMessage({ ...five, nonce: undefined })).toThrow(/nonce/);
  });

  test.each([
    [four, "castVoteBySig(uint256,uint8,uint8,bytes32,bytes32)"],
    [{ ...four, reason: "x" }, "castVoteWithReasonAndParamsBySig(uint256,uint8,string,bytes,uint8,bytes32,bytes32)"],
    [five, "castVoteBySig(uint256,uint8,address,bytes)"],
    [{ ...five, reason: "x" }, "castVoteWithReasonAndParamsBySig(uint256,uint8,address,string,bytes,bytes)"],
  ] as [Ballot, string][])("%# is handed in by the function of its form", async (ballot, signature) => {
    const { data, to, valueWei } = ballotCall(ballot, (await sign(ballot)).signature);
    expect([to, valueWei, data.slice(0, 10)]).toEqual([GOVERNOR, 0n, id(signature).slice(0, 10)]);
    const decoded = new Interface([`function ${signature}`]).decodeFunctionData(signature, data);
    expect(decoded.slice(0, 2)).toEqual([77n, 1n]);
  });
});

describe("a file with a signed ballot", () => {
  test.each([four, { ...four, reason: "because\n“it” is" }, five])("%# is read as it was written", async (ballot) => {
    const signed = await sign(ballot);
    expect(parseBallotFile(formatBallotFile(signed), "b.json")).toEqual(signed);
  });

  test("that somebody else signed is refused, and names who it was", async () => {
    const text = formatBallotFile(await sign(four, other));
    expect(codeOf(() => parseBallotFile(text, "b.json"))).toBe("LPCTL_VOTE_BALLOT_FORGED");
    expect(() => parseBallotFile(text, "b.json")).toThrow(expect.objectContaining({ why: expect.stringContaining(other.address) as string }));
  });

  test.each([
    ["the choice", '"support": 1', '"support": 0'],
    ["the vote", '"voteId": "77"', '"voteId": "78"'],
    ["the chain", '"chainId": "31337"', '"chainId": "1"'],
    ["the contract's name", "LivepeerGovernor", "OtherGovernor"],
    ["a reason", '"reason": null', '"reason": "other"'],
    ["the signature", /"signature": "0x../, '"signature": "0x00'],
  ])("in which %s was changed is refused", async (_what, from, to) => {
    const text = formatBallotFile(await sign(four)).replace(from, to);
    expect(codeOf(() => parseBallotFile(text, "b.json"))).toBe("LPCTL_VOTE_BALLOT_FORGED");
  });

  test.each([
    ["nothing", ""],
    ["no object", "[]"],
    ["another kind", '{"schema":1,"kind":"bundle"}'],
    ["one member twice", '{"schema":1,"schema":1}'],
  ])("with %s is no ballot", (_what, text) => {
    expect(codeOf(() => parseBallotFile(text, "b.json"))).toBe("LPCTL_VOTE_BALLOT_INVALID");
  });

  test("with a member too many, or a nonce where none belongs, is no ballot", async () => {
    const text = formatBallotFile(await sign(four));
    expect(codeOf(() => parseBallotFile(text.replace('"schema": 1', '"schema": 1, "more": 1'), "b.json"))).toBe("LPCTL_VOTE_BALLOT_INVALID");
    expect(codeOf(() => parseBallotFile(text.replace('"nonce": null', '"nonce": "0"'), "b.json"))).toBe("LPCTL_VOTE_BALLOT_INVALID");
  });
});
