import { AbiCoder, Interface } from "ethers";
import { beforeAll, describe, expect, test } from "vitest";
import { SET_PARAMETERS } from "../../../src/genesis/profile-parameters.ts";
import { planProfile, type DeployedProfile } from "../../../src/genesis/plan-profile.ts";
import { TransactionPlan } from "../../../src/genesis/transaction-plan.ts";
import { contractId } from "../../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { PROFILES, type Profile } from "../../../src/protocol/profiles.ts";
import { SUITE } from "../../../src/protocol/suite.ts";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compiledSuite } from "../contracts/compiled-suite.ts";

const DEPLOYER: Address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const COMMIT: Hex = `0x${"ab".repeat(20)}`;
const REGISTER = new Interface(["function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)"]);

let artifactsOf: (profile: Profile) => Artifact[];

beforeAll(async () => {
  const artifact = await compiledSuite();
  artifactsOf = (profile) => SUITE.filter(({ profiles }) => profiles.includes(profile)).map(({ name }) => artifact(name));
});

function plan(profile: Profile, parameters: Record<string, bigint | string> = {}): { plan: TransactionPlan; deployed: DeployedProfile; ids: string[] } {
  const made = new TransactionPlan(DEPLOYER, 0n);
  const deployed = planProfile(made, artifactsOf(profile), { profile, parameters, gitCommitHash: COMMIT });
  return { plan: made, deployed, ids: made.transactions.map(({ id }) => id) };
}

function registrations({ transactions }: TransactionPlan): Map<string, Address> {
  const found = new Map<string, Address>();
  for (const { id, data } of transactions) {
    if (!id.startsWith("register:")) continue;
    const [key, address, commit] = REGISTER.decodeFunctionData("setContractInfo", data) as unknown as [string, Address, string];
    expect(key).toBe(contractId(id.slice("register:".length)));
    expect(commit).toBe(COMMIT);
    found.set(id.slice("register:".length), address);
  }
  return found;
}

describe("the plan of a profile", () => {
  test.each(PROFILES)("%s registers every contract it names, and the logic behind each proxy", (profile) => {
    const { plan: made, deployed } = plan(profile);
    const registered = registrations(made);
    const targets = Object.entries(deployed.targets).map(([name, address]) => [`${name}Target`, address] as const);
    expect(Object.fromEntries(registered)).toEqual({ ...deployed.contracts, ...Object.fromEntries(targets) });
  });

  test.each(PROFILES)("%s is the same whenever it is made, and moves with the first nonce", (profile) => {
    expect(plan(profile).plan.transactions).toEqual(plan(profile).plan.transactions);
    const later = new TransactionPlan(DEPLOYER, 5n);
    const { controller } = planProfile(later, artifactsOf(profile), { profile, parameters: {}, gitCommitHash: COMMIT });
    expect(controller).not.toBe(plan(profile).deployed.controller);
  });

  test.each(PROFILES)("%s sets each of its parameters once, to the value that is given", (profile) => {
    const { plan: made, ids } = plan(profile, { "RoundsManager.roundLength": 50n });
    expect(ids.filter((id) => id.startsWith("set:"))).toEqual(SET_PARAMETERS[profile].map((id) => `set:${id}`));
    const roundLength = made.transactions.find(({ id }) => id === "set:RoundsManager.roundLength");
    expect(BigInt(`0x${roundLength?.data.slice(10) ?? ""}`)).toBe(50n);
  });

  test.each([
    ["launch", [137n, 3n, 500_000n]],
    ["current", [220_500n, 500n, 500_000_000n]],
  ] as const)("%s has the Minter of its scale, with the rates of its day", (profile, rates) => {
    const { plan: made, deployed } = plan(profile);
    const deployment = made.transactions.find(({ id }) => id === "deploy:Minter");
    const values = new AbiCoder().decode(["address", "uint256", "uint256", "uint256"], `0x${deployment?.data.slice(-4 * 64) ?? ""}`);
    expect(deployment?.title).toBe(profile === "launch" ? "deploy Minter" : "deploy PreciseMinter");
    expect([...values]).toEqual([deployed.controller, ...rates]);
  });

  test("launch comes in the order of its migrations", () => {
    const { ids } = plan("launch");
    expect(ids.filter((id) => /^deploy:(?!.*Target$)/.test(id)).map((id) => id.slice("deploy:".length))).toEqual([
      "Controller",
      "LivepeerToken",
      "Minter",
      "Verifier",
      "BondingManager",
      "JobsManager",
      "RoundsManager",
      "ServiceRegistry",
    ]);
  });

  test("current registers what the BondingManager and the LivepeerGovernor need before them", () => {
    const { ids } = plan("current");
    const at = (id: string): number => {
      expect(ids).toContain(id);
      return ids.indexOf(id);
    };
    expect(at("register:BondingVotes")).toBeLessThan(at("register:BondingManagerTarget"));
    expect(at("register:Treasury")).toBeLessThan(at("initialize:LivepeerGovernor"));
    expect(at("register:LivepeerGovernor")).toBeLessThan(at("initialize:LivepeerGovernor"));
    // Anyone may initialize the Treasury: nothing comes between.
    expect(at("initialize:Treasury")).toBe(at("deploy:Treasury") + 1);
    expect(at("initialize:Treasury")).toBeLessThan(at("register:Treasury"));
    expect(ids.at(-1)).toBe("renounce-role:TIMELOCK_ADMIN_ROLE");
  });

  test("current registers the TicketBroker under both names that others ask for", () => {
    const { contracts } = plan("current").deployed;
    expect(contracts["JobsManager"]).toBe(contracts["TicketBroker"]);
    expect(plan("launch").deployed.contracts["TicketBroker"]).toBeUndefined();
  });
});
