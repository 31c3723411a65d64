import { readFileSync } from "node:fs";
import { Interface, type InterfaceAbi, type ParamType } from "ethers";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compiledSuite } from "./compiled-suite.ts";

const membersSchema = z.object({
  functions: z.array(z.tuple([z.string(), z.string()])),
  events: z.array(z.tuple([z.string(), z.string()])),
});
const publishedSchema = z.record(z.string(), membersSchema);

/** Signature to selector or topic; the published lists hold returned types and indexed arguments too. */
function published(suite: "launch" | "current", contract: string): Map<string, string> {
  const file = new URL(`../../fixtures/published-abi/${suite}.json`, import.meta.url);
  const found = publishedSchema.parse(JSON.parse(readFileSync(file, "utf8")))[contract];
  if (found === undefined) throw new Error(`${suite}.json does not list ${contract}`);
  return new Map([...found.functions, ...found.events]);
}

function built(artifact: Artifact): Map<string, string> {
  const abi = new Interface(artifact.abi as InterfaceAbi);
  const members = new Map<string, string>();
  abi.forEachFunction((one) => {
    const returned = one.outputs.length === 0 ? "" : ` returns (${types(one.outputs)})`;
    members.set(`${one.format("sighash")}${returned}`, one.selector);
  });
  abi.forEachEvent((one) => {
    const inputs = one.inputs.map((input) => `${input.format("sighash")}${input.indexed === true ? " indexed" : ""}`);
    members.set(`${one.name}(${inputs.join(",")})`, one.topicHash);
  });
  return members;
}

function types(params: readonly ParamType[]): string {
  return params.map((param) => param.format("sighash")).join(",");
}

interface Expectation {
  /** The list that the contract follows, and further ones it takes members from. */
  suites: ("launch" | "current")[];
  /** Published members that are not built, each with the reason. */
  absent: Record<string, string>;
  /** Members that no published list has, each with the reason. */
  ours: Record<string, string>;
}

const EARNINGS = "earnings follow LIP-36: nothing is claimed round by round";
const LOCKS = "stake leaves in parts, under unbonding locks";
const ONE_POOL = "one pool is the active set; it has one size";
const SCALE = "two scales stand behind the same getters, and nothing published tells which";
const ROUND_SET = "the active set follows from activation and deactivation rounds";

const EXPECTED: Record<string, Expectation> = {
  Controller: { suites: ["current", "launch"], absent: {}, ours: {} },
  ManagerProxy: { suites: ["current", "launch"], absent: {}, ours: {} },
  Governor: { suites: ["current"], absent: {}, ours: {} },
  PollCreator: { suites: ["current"], absent: {}, ours: {} },
  BondingVotes: { suites: ["current"], absent: {}, ours: {} },
  LivepeerGovernor: { suites: ["current"], absent: {}, ours: {} },
  TicketBroker: { suites: ["current"], absent: {}, ours: {} },
  Treasury: {
    suites: ["current"],
    absent: {},
    ours: { "getOperationState(bytes32) returns (uint8)": "a member of newer timelocks" },
  },
  Poll: { suites: ["current"], absent: {}, ours: {} },
  MerkleSnapshot: { suites: ["current"], absent: {}, ours: {} },
  ServiceRegistry: { suites: ["current"], absent: {}, ours: {} },
  LivepeerToken: { suites: ["launch"], absent: {}, ours: {} },
  Minter: { suites: ["launch"], absent: {}, ours: { "PERC_DIVISOR() returns (uint256)": SCALE } },
  PreciseMinter: { suites: ["current"], absent: {}, ours: { "PERC_DIVISOR() returns (uint256)": SCALE } },
  LivepeerTokenFaucet: { suites: ["launch"], absent: {}, ours: {} },
  GenesisManager: { suites: ["launch"], absent: {}, ours: {} },
  TokenVesting: { suites: ["launch"], absent: {}, ours: {} },
  TokenTimelock: { suites: ["launch"], absent: {}, ours: {} },
  MerkleMine: { suites: ["launch"], absent: {}, ours: {} },
  LivepeerVerifier: { suites: ["launch"], absent: {}, ours: {} },
  IdentityVerifier: { suites: ["launch"], absent: {}, ours: {} },
  JobsManager: { suites: ["launch"], absent: {}, ours: {} },
  JobsManagerV2: {
    suites: ["launch"],
    absent: {},
    ours: {
      "maxSegmentsPerClaim() returns (uint256)": "what the upgrade adds",
      "setMaxSegmentsPerClaim(uint256)": "what the upgrade adds",
    },
  },
  RoundsManager: {
    suites: ["current", "launch"],
    absent: { "NewRound(uint256)": "the current event also carries the block hash" },
    ours: {},
  },
  AdjustableRoundsManager: {
    suites: ["launch"],
    absent: { "NewRound(uint256)": "the current event also carries the block hash" },
    ours: {
      "NewRound(uint256 indexed,bytes32)": "a member of the current RoundsManager",
      "blockHashForRound(uint256) returns (bytes32)": "a member of the current RoundsManager",
      "lipUpgradeRound(uint256) returns (uint256)": "a member of the current RoundsManager",
      "setLIPUpgradeRound(uint256,uint256)": "a member of the current RoundsManager",
    },
  },
  BondingManager: {
    suites: ["current", "launch"],
    absent: {
      "maxEarningsClaimsRounds() returns (uint256)": EARNINGS,
      "setMaxEarningsClaimsRounds(uint256)": EARNINGS,
      "getTranscoderEarningsPoolForRound(address,uint256) returns (uint256,uint256,uint256,uint256)": EARNINGS,
      "getTranscoder(address) returns (uint256,uint256,uint256,uint256,uint256,uint256,uint256)":
        "the current form has ten fields; the price has a getter of its own",
      "unbond()": LOCKS,
      "withdrawStake()": LOCKS,
      "withdrawFees()": "fees go to a recipient, in parts",
      "Bond(address indexed,address indexed)": "the current event also carries the amounts",
      "Unbond(address indexed,address indexed)": LOCKS,
      "WithdrawStake(address indexed)": LOCKS,
      "WithdrawFees(address indexed)": "the current event also carries recipient and amount",
      "numActiveTranscoders() returns (uint256)": ONE_POOL,
      "setNumTranscoders(uint256)": ONE_POOL,
      "TranscoderEvicted(address indexed)": "TranscoderDeactivated says it",
      "TranscoderResigned(address indexed)": "TranscoderDeactivated says it",
      "setActiveTranscoders()": "setCurrentRoundTotalActiveStake does the work of a new round",
      "activeTranscoderSet(uint256) returns (uint256)": ROUND_SET,
      "activeTranscoderTotalStake(address,uint256) returns (uint256)": ROUND_SET,
      "getTotalActiveStake(uint256) returns (uint256)": ROUND_SET,
      "isActiveTranscoder(address,uint256) returns (bool)": ROUND_SET,
    },
    ours: {
      "getElectionCandidates(uint256) returns ((address,uint96,uint256)[])":
        "shows what an election of a round draws from",
      "getTranscoderPricePerSegment(address) returns (uint256)": "the price of the launch, which getTranscoder no longer has",
    },
  },
};

let artifactOf: (name: string) => Artifact;
beforeAll(async () => {
  artifactOf = await compiledSuite();
});

/** Under which name a contract is published, where it is not its own. */
const PUBLISHED_AS: Record<string, string> = { JobsManagerV2: "JobsManager", PreciseMinter: "Minter" };

describe.each(Object.entries(EXPECTED))("%s", (name, { suites, absent, ours }) => {
  const listed = (): Map<string, string> =>
    new Map(suites.flatMap((suite) => [...published(suite, PUBLISHED_AS[name] ?? name)]));

  test("has every published member but those named as absent", () => {
    const members = built(artifactOf(name));
    const missing = [...listed().keys()].filter((signature) => !members.has(signature));
    expect(missing.toSorted()).toEqual(Object.keys(absent).toSorted());
  });

  test("has no member of its own but those named", () => {
    const known = listed();
    const extra = [...built(artifactOf(name)).keys()].filter((signature) => !known.has(signature));
    expect(extra.toSorted()).toEqual(Object.keys(ours).toSorted());
  });

  test("has the published selectors and topics", () => {
    const known = listed();
    for (const [signature, id] of built(artifactOf(name))) {
      if (known.has(signature)) expect([signature, id]).toEqual([signature, known.get(signature)]);
    }
  });
});
