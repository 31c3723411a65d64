import { Interface } from "ethers";
import { readFunction } from "../chain/read-function.ts";
import { readRegistered } from "../chain/registered-contract.ts";
import { requireProxy } from "../inspection/contract.ts";
import { compareUpgrade } from "../lifecycle/compare-upgrade.ts";
import { constructorArguments, deployImplementation } from "../lifecycle/deploy-implementation.ts";
import { prepareParameters } from "../lifecycle/prepare-parameter.ts";
import { requireCompatible } from "../lifecycle/propose-upgrade.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { Intent } from "../proposal/intent.ts";
import type { CodeEvidence } from "../proposal/proposal.ts";
import { contractId, targetIdName } from "../protocol/contract-id.ts";
import { HASH_OF_NO_CODE, ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { act } from "./act.ts";
import { deployCode, registerIntent } from "./deploy-code.ts";
import { deployPreciseMinter, replaceMinter } from "./precise-minter.ts";
import { addressIn, type Stage } from "./stage.ts";

const NEW_BONDING_MANAGER = "contracts/bonding/BondingManager.sol:BondingManager";
const PROXY = "contracts/registry/ManagerProxy.sol:ManagerProxy";
const LPT = 10n ** 18n;
/** The first values of LIP-89 and LIP-92, and those of Streamflow. */
const CALLS: readonly { contract: string; signature: string; args: readonly bigint[] }[] = [
  {
    contract: "LivepeerGovernor",
    signature: "function initialize(uint256 votingDelay, uint256 votingPeriod, uint256 proposalThreshold, uint256 quorum, uint256 quota)",
    args: [1n, 10n, 100n * LPT, 333_300n, 500_000n],
  },
  { contract: "BondingManager", signature: "function setTreasuryRewardCutRate(uint256 cutRate)", args: [10n ** 26n] },
  { contract: "BondingManager", signature: "function setTreasuryBalanceCeiling(uint256 ceiling)", args: [750_000n * LPT] },
  { contract: "TicketBroker", signature: "function setUnlockPeriod(uint256 unlockPeriod)", args: [7n] },
  { contract: "TicketBroker", signature: "function setTicketValidityPeriod(uint256 ticketValidityPeriod)", args: [2n] },
];

/** Code that stands ready and nothing leads to yet. */
export interface Deployed {
  bondingVotes: { proxy: CodeEvidence; target: CodeEvidence };
  livepeerGovernor: { proxy: CodeEvidence; target: CodeEvidence };
  ticketBroker: { proxy: CodeEvidence; target: CodeEvidence };
  treasury: CodeEvidence;
  minter: CodeEvidence;
  bondingManager: CodeEvidence;
  upgrade: Intent;
}

/** Deploys what the launch suite has not. Whoever initializes the Treasury first owns it, so its roles are read back. */
export async function deployCurrent(stage: Stage, update: (doing: string) => void): Promise<Deployed> {
  const { controller } = stage.protocol;
  const pair = async (name: string, source: string): Promise<{ proxy: CodeEvidence; target: CodeEvidence }> => {
    update(`deploying ${name}`);
    const target = await deployCode(stage, `${source}:${name}`, [controller]);
    return { target, proxy: await deployCode(stage, PROXY, [controller, contractId(targetIdName(name))]) };
  };
  const bondingVotes = await pair("BondingVotes", "contracts/governance/BondingVotes.sol");
  const livepeerGovernor = await pair("LivepeerGovernor", "contracts/governance/LivepeerGovernor.sol");
  const ticketBroker = await pair("TicketBroker", "contracts/payments/TicketBroker.sol");
  update("deploying Treasury");
  const treasury = await deployCode(stage, "contracts/governance/Treasury.sol:Treasury", []);
  const governor = livepeerGovernor.proxy.address;
  await act(stage, "deployer", treasury.address, "function initialize(uint256 minDelay, address[] proposers, address[] executors, address admin)", [0n, [governor], [governor], ZERO_ADDRESS]);
  await requireRoles(stage, treasury.address, governor);

  update("deploying PreciseMinter");
  const minter = await deployPreciseMinter(stage);
  update("deploying BondingManager");
  const comparison = await compareUpgrade(stage.project, { contract: "BondingManager", to: NEW_BONDING_MANAGER });
  requireCompatible(comparison);
  const signer = walletSigner(localAccounts().deployer.privateKey);
  const { evidence } = await deployImplementation(stage.project, comparison, constructorArguments(comparison, undefined), signer);
  const upgrade: Intent = {
    kind: "upgrade",
    contract: "BondingManager",
    proxy: requireProxy(comparison.contract),
    implementation: evidence.address,
    implementationCodeHash: evidence.codeHash,
    gitCommitHash: stage.gitCommitHash,
    initializer: "0x",
  };
  return { bondingVotes, livepeerGovernor, ticketBroker, treasury, minter, bondingManager: evidence, upgrade };
}

/** What the batch consists of, by what must come before what. */
export interface CurrentBatch {
  /** BondingVotes, Treasury, LivepeerGovernor, TicketBroker; the TicketBroker also in the place of the JobsManager. */
  registrations: Intent[];
  /** The round from which LIP-36 counts, which the RoundsManager keeps for the BondingManager. */
  upgradeRound: Intent[];
  upgrade: Intent;
  parameters: Intent;
  /** Everything moves to the Minter in parts of 10^9, which is registered then. */
  minter: Intent[];
  code: CodeEvidence[];
}

export async function prepareCurrentBatch(stage: Stage, deployed: Deployed, lip36Round: bigint): Promise<CurrentBatch> {
  const { bondingVotes, livepeerGovernor, ticketBroker, treasury } = deployed;
  const named = (name: string, { proxy, target }: { proxy: CodeEvidence; target: CodeEvidence }): Intent[] => [
    registerIntent(stage, targetIdName(name), target),
    registerIntent(stage, name, proxy),
  ];
  const addresses: Record<string, Address> = {
    LivepeerGovernor: livepeerGovernor.proxy.address,
    TicketBroker: ticketBroker.proxy.address,
    BondingManager: addressIn(stage, "BondingManager"),
  };
  const settings = await prepareParameters(stage.project, [{ name: "lipUpgradeRound(36)", value: String(lip36Round), acceptRaw: false }]);
  const verifier = await readRegistered(stage.project.rpc, stage.protocol.controller, "Verifier");
  return {
    registrations: [
      ...named("BondingVotes", bondingVotes),
      registerIntent(stage, "Treasury", treasury),
      ...named("LivepeerGovernor", livepeerGovernor),
      ...named("TicketBroker", ticketBroker),
      // The Minter keeps ether for whoever is the JobsManager.
      registerIntent(stage, "JobsManager", ticketBroker.proxy),
      ...(verifier === undefined ? [] : [registerIntent(stage, "Verifier", { address: ZERO_ADDRESS, codeHash: HASH_OF_NO_CODE })]),
    ],
    upgradeRound: settings.map(({ intent }) => intent),
    upgrade: deployed.upgrade,
    parameters: {
      kind: "calls",
      calls: CALLS.map(({ contract, signature, args }) => {
        const abi = new Interface([signature]);
        const to = addresses[contract];
        if (to === undefined) throw new Error(`${contract} is not in the batch`);
        return { to, valueWei: 0n, data: abi.encodeFunctionData(abi.fragments[0]?.format("sighash") ?? "", args) as Hex };
      }),
    },
    minter: replaceMinter(stage, deployed.minter),
    code: [
      ...[bondingVotes, livepeerGovernor, ticketBroker].flatMap(({ target, proxy }) => [target, proxy]),
      treasury,
      deployed.minter,
      deployed.bondingManager,
    ],
  };
}

async function requireRoles(stage: Stage, treasury: Address, governor: Address): Promise<void> {
  for (const name of ["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"]) {
    const [role] = await readFunction(stage.project.rpc, treasury, `function ${name}() view returns (bytes32)`);
    const [held] = await readFunction(stage.project.rpc, treasury, "function hasRole(bytes32 role, address account) view returns (bool)", [role, governor]);
    if (held !== true) throw new Error(`the LivepeerGovernor has no ${name} in the Treasury`);
  }
}
