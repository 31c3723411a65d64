/** A suite on a chain of its own with rounds short enough to be played, for the tests of the actors. */
import { z } from "zod";
import { startAnvil, type Anvil, type AnvilOptions } from "../../src/chain/anvil.ts";
import { callTo } from "../../src/node/actors/actor.ts";
import { deploySuite, suiteTargets, type LocalProtocol } from "../../src/node/deploy-suite.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import { createRunner, type Runner } from "../../src/node/runner/runner.ts";
import type { CastOptions } from "../../src/node/runner/cast.ts";
import type { Rpc } from "../../src/chain/rpc.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import type { Profile } from "../../src/protocol/profiles.ts";
import { compileArtifacts } from "./local-project.ts";

export const ROUND_BLOCKS = 20n;
const ACCOUNTS = 8;
const BLOCK_GAS_LIMIT = 1_000_000_000n;

export interface ActorChain {
  anvil: Anvil;
  rpc: Rpc;
  protocol: LocalProtocol;
  /** Sends as the Controller's owner, in the phase eoa. */
  asOwner(to: Address, signature: string, args?: readonly unknown[]): Promise<void>;
  contract(name: string): Address;
  /** A runner whose actors have entered. */
  enter(cast: Partial<CastOptions>): Promise<Runner>;
}

export async function startActorChain(profile: Profile, options: Partial<AnvilOptions> = {}, phase: "eoa" | "stake" = "eoa"): Promise<ActorChain> {
  const targets = suiteTargets(profile);
  const [anvil, artifactOf] = await Promise.all([
    startAnvil({ accounts: ACCOUNTS, gasLimit: BLOCK_GAS_LIMIT, genesisBlock: 1_000n, genesisTimestampSeconds: 1_700_000_000n, ...options }),
    compileArtifacts(targets.map(({ source, contract }) => `${source}:${contract}`)),
  ]);
  const { rpc } = anvil;
  // Each block a second after the one before: then even its hash does not depend on when the test runs.
  await rpc.request("anvil_setBlockTimestampInterval", [1], z.unknown());
  const artifacts = targets.map(({ contract }) => artifactOf(contract));
  const protocol = await deploySuite(rpc, artifacts, {
    profile,
    phase,
    gitCommitHash: `0x${"11".repeat(20)}`,
    ...(phase === "stake" ? { parameters: { "RoundsManager.roundLength": ROUND_BLOCKS } } : {}),
  });
  const chain: ActorChain = {
    anvil,
    rpc,
    protocol,
    asOwner: (to, signature, args = []) => sendAs(rpc, localAccounts().deployer.address, to, signature, args),
    contract: (name) => {
      const address = protocol.contracts[name];
      if (address === undefined) throw new Error(`no ${name}`);
      return address;
    },
    enter: async (cast) => {
      const runner = await createRunner({ rpc, protocol, cast: { profile, seed: 7n, transcoders: 3, delegators: 4, misbehaviour: [], ...cast } });
      await runner.enter();
      return runner;
    },
  };
  if (phase === "stake") return chain;
  await chain.asOwner(chain.contract("RoundsManager"), "function setRoundLength(uint256)", [ROUND_BLOCKS]);
  if (profile === "launch") {
    const jobs = chain.contract("JobsManager");
    await chain.asOwner(jobs, "function setVerificationRate(uint64)", [2n]);
    await chain.asOwner(jobs, "function setVerificationPeriod(uint256)", [8n]);
    await chain.asOwner(jobs, "function setVerificationSlashingPeriod(uint256)", [8n]);
  }
  return chain;
}

async function sendAs(rpc: Rpc, from: Address, to: Address, signature: string, args: readonly unknown[]): Promise<void> {
  const { data } = callTo(to, signature, args, "");
  const receipt = await sendUnlocked(rpc, from, await rpc.nonce(from), { to, data, valueWei: 0n });
  if (receipt.status === "reverted") throw new Error(`${signature} reverted`);
}

export async function snapshot(rpc: Rpc): Promise<Hex> {
  return rpc.request("evm_snapshot", [], z.string().transform((text) => text as Hex));
}

export async function revert(rpc: Rpc, to: Hex): Promise<void> {
  await rpc.request("evm_revert", [to], z.unknown());
}
