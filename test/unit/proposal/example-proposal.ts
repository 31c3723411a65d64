import { getAddress, keccak256 } from "ethers";
import type { Intent, SetParameterIntent, UpgradeIntent } from "../../../src/proposal/intent.ts";
import { readsToPin } from "../../../src/proposal/conditions.ts";
import { makeProposal, type Proposal, type ProposalDraft } from "../../../src/proposal/proposal.ts";
import { contractId } from "../../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";

export function address(digits: string): Address {
  return getAddress(`0x${digits.repeat(40).slice(0, 40)}`) as Address;
}

export const CONTROLLER = address("c0");
export const PROXY = address("10b5");
export const NEW_CODE = address("2e3");
export const SAFE = address("5afe");
export const GOVERNOR = address("90");

export const UPGRADE: UpgradeIntent = {
  kind: "upgrade",
  contract: "JobsManager",
  proxy: { kind: "controller-registry", address: PROXY, controller: CONTROLLER, targetId: contractId("JobsManagerTarget") },
  implementation: NEW_CODE,
  implementationCodeHash: keccak256("0x6001") as Hex,
  gitCommitHash: `0x${"22".repeat(20)}`,
  initializer: "0x",
};

export const SET_RATE: SetParameterIntent = {
  kind: "set-parameter",
  parameter: "JobsManager.verificationRate",
  target: PROXY,
  getter: "function verificationRate() view returns (uint64)",
  getterArgs: [],
  setter: "function setVerificationRate(uint64 verificationRate)",
  setterArgs: [],
  value: "500",
};

export function draft(intents: Intent[] = [UPGRADE, SET_RATE], more: Partial<ProposalDraft> = {}): ProposalDraft {
  return {
    network: "local",
    chainId: 31337n,
    genesisHash: `0x${"9".repeat(64)}`,
    title: "Upgrade JobsManager and challenge one in 500 segments",
    intents,
    authorities: [
      { kind: "governor", address: GOVERNOR },
      { kind: "safe", address: SAFE },
    ],
    route: { salt: 0n, delayBlocks: 10n, delaySeconds: 0n },
    sinceBlock: 7n,
    preconditions: readsToPin(intents).map((read) => ({ read, expect: `0x${"11".repeat(32)}` })),
    code: [],
    ...more,
  };
}

export function exampleProposal(intents?: Intent[], more?: Partial<ProposalDraft>): Proposal {
  return makeProposal(draft(intents, more));
}
