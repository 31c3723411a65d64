/** Votes by signature: what a voter signs for an OpenZeppelin governor, and the call by which anyone hands it in. */
import { Interface } from "ethers/abi";
import { id, TypedDataEncoder } from "ethers/hash";
import type { TypedDataDomain, TypedDataField } from "ethers/hash";
import type { Call } from "../../../proposal/call.ts";
import type { Address, Hex } from "../../../protocol/hex.ts";

/** Which struct the governor hashes: that of OpenZeppelin 4 names neither the voter nor a nonce, that of 5 names both. */
export type BallotForm = "openzeppelin-4" | "openzeppelin-5";

export interface Ballot {
  form: BallotForm;
  /** Of EIP-712, as the governor says it. */
  name: string;
  version: string;
  chainId: bigint;
  governor: Address;
  voteId: bigint;
  /** 0 against, 1 for, 2 abstain. */
  support: number;
  voter: Address;
  /** The voter's in the governor; undefined where the form has none. */
  nonce: bigint | undefined;
  /** Kept on chain with the vote; undefined: a ballot without one, which is another struct. */
  reason: string | undefined;
}

const VOTE: TypedDataField[] = [
  { name: "proposalId", type: "uint256" },
  { name: "support", type: "uint8" },
];
const VOTER: TypedDataField[] = [
  { name: "voter", type: "address" },
  { name: "nonce", type: "uint256" },
];
const REASON: TypedDataField[] = [
  { name: "reason", type: "string" },
  { name: "params", type: "bytes" },
];

const BY_SIGNATURE = new Interface([
  "function castVoteBySig(uint256 proposalId, uint8 support, uint8 v, bytes32 r, bytes32 s)",
  "function castVoteWithReasonAndParamsBySig(uint256 proposalId, uint8 support, string reason, bytes params, uint8 v, bytes32 r, bytes32 s)",
  "function castVoteBySig(uint256 proposalId, uint8 support, address voter, bytes signature)",
  "function castVoteWithReasonAndParamsBySig(uint256 proposalId, uint8 support, address voter, string reason, bytes params, bytes signature)",
]);

/** The form whose type hash the governor gives as `BALLOT_TYPEHASH`; undefined for any other. */
export function ballotFormOf(typeHash: Hex): BallotForm | undefined {
  return (["openzeppelin-4", "openzeppelin-5"] as const).find((form) => id(encodeType("Ballot", fieldsOf(form, false))) === typeHash);
}

/** What is signed, for `Signer.signTypedData`. */
export function ballotMessage(ballot: Ballot): [domain: TypedDataDomain, types: Record<string, TypedDataField[]>, message: Record<string, unknown>] {
  const { form, name, version, chainId, governor, voteId, support, voter, nonce, reason } = ballot;
  const isExtended = reason !== undefined;
  return [
    { name, version, chainId, verifyingContract: governor },
    { [isExtended ? "ExtendedBallot" : "Ballot"]: fieldsOf(form, isExtended) },
    {
      proposalId: voteId,
      support,
      ...(form === "openzeppelin-5" ? { voter, nonce: requireNonce(nonce) } : {}),
      ...(isExtended ? { reason, params: "0x" } : {}),
    },
  ];
}

/** What a device shows that signs it, and what is signed in the end. */
export function ballotHashes(ballot: Ballot): { domainHash: Hex; messageHash: Hex; hash: Hex } {
  const [domain, types, message] = ballotMessage(ballot);
  return {
    domainHash: TypedDataEncoder.hashDomain(domain) as Hex,
    messageHash: TypedDataEncoder.from(types).hash(message) as Hex,
    hash: TypedDataEncoder.hash(domain, types, message) as Hex,
  };
}

/** The transaction that hands a signed ballot in; anyone may send it. @param signature 65 bytes with v of 27 or 28 */
export function ballotCall({ form, governor, voteId, support, voter, reason }: Ballot, signature: Hex): Call {
  const parts = [Number.parseInt(signature.slice(130), 16), signature.slice(0, 66), `0x${signature.slice(66, 130)}`];
  const data =
    form === "openzeppelin-4"
      ? reason === undefined
        ? BY_SIGNATURE.encodeFunctionData("castVoteBySig(uint256,uint8,uint8,bytes32,bytes32)", [voteId, support, ...parts])
        : BY_SIGNATURE.encodeFunctionData("castVoteWithReasonAndParamsBySig(uint256,uint8,string,bytes,uint8,bytes32,bytes32)", [voteId, support, reason, "0x", ...parts])
      : reason === undefined
        ? BY_SIGNATURE.encodeFunctionData("castVoteBySig(uint256,uint8,address,bytes)", [voteId, support, voter, signature])
        : BY_SIGNATURE.encodeFunctionData("castVoteWithReasonAndParamsBySig(uint256,uint8,address,string,bytes,bytes)", [voteId, support, voter, reason, "0x", signature]);
  return { to: governor, valueWei: 0n, data: data as Hex };
}

function fieldsOf(form: BallotForm, isExtended: boolean): TypedDataField[] {
  return [...VOTE, ...(form === "openzeppelin-5" ? VOTER : []), ...(isExtended ? REASON : [])];
}

function encodeType(name: string, fields: readonly TypedDataField[]): string {
  return `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`;
}

function requireNonce(nonce: bigint | undefined): bigint {
  if (nonce === undefined) throw new TypeError("a ballot of OpenZeppelin 5 has a nonce");
  return nonce;
}
