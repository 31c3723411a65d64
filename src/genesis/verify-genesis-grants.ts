import { getCreateAddress } from "ethers";
import type { Address } from "../protocol/hex.ts";
import { findArtifact } from "./find-artifact.ts";
import { askForCode } from "./verify-genesis-suite.ts";
import { askerOf, contractOf, word, type Question, type VerifyContext } from "./verify-genesis-questions.ts";

const ADDRESS = "view returns (address)";
const NUMBER = "view returns (uint256)";

/** The GenesisManager, every grant it made, and what gives the crowd its tokens. */
export function askAboutGenesis(context: VerifyContext): Question[] {
  return [...askManager(context), ...askGrants(context), ...askDistribution(context)];
}

function askManager(context: VerifyContext): Question[] {
  const { terms, genesis } = context.prepared;
  const { allocations, grants, bankMultisig } = terms;
  const ask = askerOf(context, "genesis");
  const of = (name: string, returns: string, expected: bigint | string): Question =>
    ask("GenesisManager", genesis.genesisManager, `function ${name}() ${returns}`, expected);
  const granted = (bucket: "team" | "investors" | "community"): bigint => grants[bucket].reduce((sum, { amountWei }) => sum + amountWei, 0n);
  return [
    // Its last stage: nothing can be granted any more.
    of("stage", "view returns (uint8)", 2n),
    of("token", ADDRESS, contractOf(context, "LivepeerToken")),
    of("tokenDistribution", ADDRESS, genesis.distribution.address),
    of("bankMultisig", ADDRESS, bankMultisig),
    of("minter", ADDRESS, contractOf(context, "Minter")),
    of("grantsStartTimestamp", NUMBER, grants.startSeconds),
    of("initialSupply", NUMBER, allocations.total),
    of("crowdSupply", NUMBER, allocations.crowd),
    of("companySupply", NUMBER, allocations.company),
    of("teamSupply", NUMBER, allocations.team),
    of("investorsSupply", NUMBER, allocations.investors),
    of("communitySupply", NUMBER, allocations.community),
    of("teamGrantsAmount", NUMBER, granted("team")),
    of("investorsGrantsAmount", NUMBER, granted("investors")),
    of("communityGrantsAmount", NUMBER, granted("community")),
  ];
}

/** Holders are created one after the other by one contract, so their addresses are known without asking it. */
function askGrants(context: VerifyContext): Question[] {
  const { terms, genesis, artifacts } = context.prepared;
  const { grants, bankMultisig } = terms;
  const { genesisManager } = genesis;
  const token = contractOf(context, "LivepeerToken");
  const ask = askerOf(context, "grants");
  const balance = "function balanceOf(address account) view returns (uint256)";
  const vesting = findArtifact(artifacts, "TokenVesting");
  const timelock = findArtifact(artifacts, "TokenTimelock");
  const questions: Question[] = [];
  // A contract begins to count at one (EIP-161).
  let created = 1;
  const nextHolder = (): Address => getCreateAddress({ from: genesisManager, nonce: created++ }) as Address;
  for (const bucket of ["team", "investors"] as const) {
    for (const [index, { receiver, amountWei, cliffSeconds, durationSeconds }] of grants[bucket].entries()) {
      const holder = nextHolder();
      const name = `${bucket} grant ${index + 1}`;
      questions.push(
        ask("GenesisManager", genesisManager, "function vestingHolders(address receiver) view returns (address)", holder, [receiver]),
        askForCode(context, "grants", `${name} at ${holder}`, holder, vesting),
        ask(name, holder, `function beneficiary() ${ADDRESS}`, receiver),
        ask(name, holder, `function start() ${NUMBER}`, grants.startSeconds),
        ask(name, holder, `function cliff() ${NUMBER}`, grants.startSeconds + cliffSeconds),
        ask(name, holder, `function duration() ${NUMBER}`, durationSeconds),
        ask(name, holder, "function revocable() view returns (bool)", true),
        ask(name, holder, `function owner() ${ADDRESS}`, bankMultisig),
        ask(name, holder, "function released(address token) view returns (uint256)", 0n, [token]),
        ask(name, holder, "function revoked(address token) view returns (bool)", false, [token]),
        ask(name, token, balance, amountWei, [holder]),
      );
    }
  }
  for (const [index, { receiver, amountWei }] of grants.community.entries()) {
    const holder = nextHolder();
    const name = `community grant ${index + 1}`;
    questions.push(
      ask("GenesisManager", genesisManager, "function timeLockedHolders(address receiver) view returns (address)", holder, [receiver]),
      askForCode(context, "grants", `${name} at ${holder}`, holder, timelock),
      ask(name, holder, `function beneficiary() ${ADDRESS}`, receiver),
      ask(name, holder, `function releaseTime() ${NUMBER}`, grants.startSeconds),
      ask(name, holder, `function token() ${ADDRESS}`, token),
      ask(name, token, balance, amountWei, [holder]),
    );
  }
  questions.push({
    group: "grants",
    what: "contracts that the GenesisManager created",
    expected: String(created - 1),
    read: async () => String((await context.rpc.nonce(genesisManager, context.at)) - 1n),
  });
  return questions;
}

function askDistribution(context: VerifyContext): Question[] {
  const { terms, genesis } = context.prepared;
  const { distribution, allocations } = terms;
  const { address } = genesis.distribution;
  const ask = askerOf(context, "distribution");
  const token = contractOf(context, "LivepeerToken");
  if (distribution.kind === "faucet") {
    const name = "LivepeerTokenFaucet";
    return [
      ask(name, address, `function token() ${ADDRESS}`, token),
      ask(name, address, `function requestAmount() ${NUMBER}`, distribution.requestAmountWei),
      ask(name, address, `function requestWait() ${NUMBER}`, distribution.requestWaitHours),
    ];
  }
  const { recipients, balanceThresholdWei, genesisBlock, callerAllocationStartBlock, callerAllocationEndBlock } = distribution;
  const of = (name: string, returns: string, expected: bigint | string | boolean): Question => ask("MerkleMine", address, `function ${name}() ${returns}`, expected);
  return [
    of("token", ADDRESS, token),
    // Built again from the file of recipients, not copied from anywhere.
    of("genesisRoot", "view returns (bytes32)", word(recipients.root)),
    of("totalGenesisTokens", NUMBER, allocations.crowd),
    of("totalGenesisRecipients", NUMBER, recipients.count),
    of("tokensPerAllocation", NUMBER, allocations.crowd / recipients.count),
    of("balanceThreshold", NUMBER, balanceThresholdWei),
    of("genesisBlock", NUMBER, genesisBlock),
    of("callerAllocationStartBlock", NUMBER, callerAllocationStartBlock),
    of("callerAllocationEndBlock", NUMBER, callerAllocationEndBlock),
    of("callerAllocationPeriod", NUMBER, callerAllocationEndBlock - callerAllocationStartBlock),
    of("started", "view returns (bool)", true),
  ];
}
