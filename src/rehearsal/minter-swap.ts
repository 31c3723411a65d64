import { readFunction } from "../chain/read-function.ts";
import { propose } from "../lifecycle/propose.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { Intent } from "../proposal/intent.ts";
import type { CodeEvidence } from "../proposal/proposal.ts";
import type { Address } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import { act, beginNextRound, mineBlocks, readNumber, refusalOf } from "./act.ts";
import { deployCode, registerIntent } from "./deploy-code.ts";
import { findingCodes } from "./finding-codes.ts";
import { proposalSteps } from "./proposal-steps.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const OLD_CODE = "contracts/historic/MinterPausedDeposit2018.sol:MinterPausedDeposit2018";
const NEW_CODE = "contracts/token/Minter.sol:Minter";
const DELAY_BLOCKS = 10n;

/**
 * The Minter holds every LPT that is bonded, all ether, and the right to mint. At the launch no order of calls could
 * replace it; it took a Minter whose `depositETH` works while the protocol is stopped.
 */
export const minterSwapScenario: Scenario = {
  name: "minter-swap",
  summary: "The deadlock of 2018 between two Minters, and the order of calls that moves everything to a repaired one.",
  prepare: prepareMinterSwap,
};

interface Vault {
  minter: Address;
  lptWei: bigint;
  etherWei: bigint;
  owner: string;
  supplyWei: bigint;
}

function prepareMinterSwap(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  let fresh: CodeEvidence | undefined;
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];

  const attempt = (on: Stage, intents: Intent[], code: CodeEvidence) =>
    propose(on.project, { title: "Replace the Minter", intents, code: [code], delayBlocks: DELAY_BLOCKS, delaySeconds: 0n }, { producedBy: options.producedBy, dryRun: true });

  const setUp: RehearsalStep[] = [
    {
      title: "Start a chain with the Minter of 2018; stake, a round with its reward, a deposit and a job",
      run: async (update) => {
        stage = await openStage(options, { delayBlocks: DELAY_BLOCKS, instead: { Minter: OLD_CODE } }, update);
        const { lptWei, etherWei } = await readVault(stage, addressIn(stage, "Minter"));
        return `the Minter holds ${formatHuman(lptWei, "wei-lpt")} and ${formatHuman(etherWei, "wei-eth")}`;
      },
    },
    {
      title: "Try to replace it by another of its kind, in every order",
      run: async (update) => {
        const on = ready(stage);
        const other = await deployCode(on, OLD_CODE, await constructorOf(on));
        const [pause, migrate, register, unpause] = batch(on, other);
        const orders: { what: string; intents: Intent[]; reason: RegExp }[] = [
          { what: "stopped, the new Minter takes no ether", intents: [pause, migrate, register, unpause], reason: /ManagerSystemPaused/ },
          { what: "running, the old Minter gives nothing away", intents: [migrate, register], reason: /ManagerSystemNotPaused/ },
          { what: "registered first, the old Minter may not be emptied any more", intents: [pause, register, migrate, unpause], reason: /MinterInvalidNewMinter/ },
        ];
        for (const { what, intents, reason } of orders) {
          update(what);
          const refused = await refusalOf(attempt(on, intents, other));
          const words = `${refused?.message ?? "accepted"}${refused?.why === undefined ? "" : `: ${refused.why}`}`;
          proofs.push({ what: `${what} (${intents.map(({ kind }) => kind).join(", ")})`, holds: refused?.code === "LPCTL_PROPOSAL_REVERTS" && reason.test(words), detail: words });
        }
        return "reverts in every order: the deadlock";
      },
    },
    {
      title: "Deploy the repaired Minter; register it too early",
      run: async () => {
        const on = ready(stage);
        fresh = await deployCode(on, NEW_CODE, await constructorOf(on));
        const [pause, migrate, register, unpause] = batch(on, fresh);
        const refused = await refusalOf(attempt(on, [pause, register, migrate, unpause], fresh));
        const codes = findingCodes(refused);
        proofs.push({
          what: "a batch that registers the new Minter before the old one is emptied is refused",
          holds: codes.includes("minter-registered-early"),
          detail: codes.join(", "),
        });
        return fresh.address;
      },
    },
  ];

  const swap = proposalSteps<Vault>({
    title: "Pause, migrate, register, unpause",
    stage: () => ready(stage),
    observe: (on) => readVault(on, addressIn(on, "Minter")),
    propose: (on) =>
      propose(
        on.project,
        { title: "Replace the Minter", intents: batch(on, ready(fresh)), code: [ready(fresh)], delayBlocks: DELAY_BLOCKS, delaySeconds: 0n },
        { producedBy: options.producedBy, dryRun: false },
      ),
    proposals,
    proofs,
    prove: async (before, on) => {
      const { address } = ready(fresh);
      const [after, left] = await Promise.all([readVault(on, address), readVault(on, before.minter)]);
      on.protocol.contracts["Minter"] = address;
      return [
        equal("all LPT is in the new Minter", "wei-lpt", before.lptWei, after.lptWei),
        equal("all ether is in the new Minter", "wei-eth", before.etherWei, after.etherWei),
        equal("the old Minter holds nothing", "wei-lpt", 0n, left.lptWei + left.etherWei),
        equal("the supply is what it was", "wei-lpt", before.supplyWei, after.supplyWei),
        { what: "only the new Minter can mint", holds: before.owner === before.minter && after.owner === address, detail: `owner of the token: ${before.owner} -> ${after.owner}` },
      ];
    },
  });

  const afterwards: RehearsalStep = {
    title: "Go on: a round, its reward, ether back to who deposited it",
    run: async () => {
      const on = ready(stage);
      const minter = ready(fresh).address;
      proofs.push(equal("what is left of the round mints nothing, so all call reward before the swap", "wei-lpt", 0n, await readNumber(on, minter, MINTABLE)));
      const before = await readVault(on, minter);
      const deposit = await readDeposit(on);
      // The job that was running keeps the deposit locked until its last block.
      await mineBlocks(on, deposit.withdrawBlock - (await on.project.rpc.blockNumber()));
      const round = await beginNextRound(on);
      await act(on, "transcoder", addressIn(on, "BondingManager"), "function reward()");
      const [mintable, minted] = await Promise.all([readNumber(on, minter, MINTABLE), readNumber(on, minter, MINTED)]);
      await act(on, "broadcaster", addressIn(on, "JobsManager"), "function withdraw()");
      const after = await readVault(on, minter);
      proofs.push(
        { what: `round ${round} mints its reward through the new Minter`, holds: minted > 0n && minted === mintable, detail: `${formatHuman(minted, "wei-lpt")} of ${formatHuman(mintable, "wei-lpt")} for the only transcoder` },
        equal("the minted LPT lies in the new Minter", "wei-lpt", before.lptWei + minted, after.lptWei),
        equal("the broadcaster's deposit was paid back", "wei-eth", deposit.deposit, before.etherWei - after.etherWei),
      );
      return `round ${round}, ${formatHuman(minted, "wei-lpt")} minted, ${formatHuman(deposit.deposit, "wei-eth")} paid back`;
    },
  };

  return {
    steps: [...setUp, ...swap, afterwards],
    result: () => ({ scenario: minterSwapScenario.name, folder: options.folder, controller: ready(stage).protocol.controller, proposals, proofs }),
    stop: async () => stage?.stop(),
  };
}

const MINTABLE = "function currentMintableTokens() view returns (uint256)";
const MINTED = "function currentMintedTokens() view returns (uint256)";

/** The order that works: stopped, emptied while it is still registered, replaced, running again. */
function batch(stage: Stage, fresh: CodeEvidence): [Intent, Intent, Intent, Intent] {
  const { controller } = stage.protocol;
  return [
    { kind: "pause", controller },
    { kind: "migrate-minter", minter: addressIn(stage, "Minter"), newMinter: fresh.address, token: addressIn(stage, "LivepeerToken") },
    registerIntent(stage, "Minter", fresh),
    { kind: "unpause", controller },
  ];
}

/** The new Minter goes on from the inflation of the old one: there is no setter for it. */
async function constructorOf(stage: Stage): Promise<unknown[]> {
  const values = await Promise.all(["inflation", "inflationChange", "targetBondingRate"].map((name) => readNumber(stage, "Minter", `function ${name}() view returns (uint256)`)));
  return [stage.protocol.controller, ...values];
}

async function readVault(stage: Stage, minter: Address): Promise<Vault> {
  const token = addressIn(stage, "LivepeerToken");
  const [lptWei, supplyWei, etherWei, owner] = await Promise.all([
    readNumber(stage, token, "function balanceOf(address account) view returns (uint256)", [minter]),
    readNumber(stage, token, "function totalSupply() view returns (uint256)"),
    stage.project.rpc.balanceWei(minter),
    readFunction(stage.project.rpc, token, "function owner() view returns (address)"),
  ]);
  return { minter, lptWei, etherWei, supplyWei, owner: String(owner[0]) };
}

async function readDeposit(stage: Stage): Promise<{ deposit: bigint; withdrawBlock: bigint }> {
  const broadcaster = localAccounts().broadcaster.address;
  const [deposit, withdrawBlock] = await readFunction(
    stage.project.rpc,
    addressIn(stage, "JobsManager"),
    "function broadcasters(address broadcaster) view returns (uint256 deposit, uint256 withdrawBlock)",
    [broadcaster],
  );
  return { deposit: BigInt(deposit), withdrawBlock: BigInt(withdrawBlock) };
}

function equal(what: string, unit: "wei-lpt" | "wei-eth", before: bigint, after: bigint): Proof {
  const found = formatHuman(after, unit);
  return { what, holds: before === after, detail: before === after ? found : `${formatHuman(before, unit)} expected, ${found} found` };
}
