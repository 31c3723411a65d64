import { id, Interface } from "ethers";
import { describe, expect, test } from "vitest";
import type { CheckContext } from "../../../src/checks/check.ts";
import type { Finding } from "../../../src/finding.ts";
import type { Proposal } from "../../../src/proposal/proposal.ts";
import { readsToPin, type Condition } from "../../../src/proposal/conditions.ts";
import type { Intent, RegisterIntent } from "../../../src/proposal/intent.ts";
import { contractId } from "../../../src/protocol/contract-id.ts";
import { HASH_OF_NO_CODE, ZERO_ADDRESS, type Address, type Hex } from "../../../src/protocol/hex.ts";
import type { UpgradeTraits } from "../../../src/protocol/upgrade-traits.ts";
import type { SimulatedStep } from "../../../src/outcome/simulation.ts";
import { address, CONTROLLER, exampleProposal, GOVERNOR, NEW_CODE, PROXY, SAFE, SET_RATE, UPGRADE } from "../proposal/example-proposal.ts";
import { context, found, holding, step, word } from "./check-fixtures.ts";

const outcome = { label: "JobsManager.verificationRate", expect: word("1"), actual: word("2"), holds: false };

describe("the checks", () => {
  test("find nothing in a proposal that does what it says", () => {
    expect(found({ changes: [{}, { address: SAFE, path: "nonce" }] })).toEqual([]);
  });

  test("refuse what reverts", () => {
    expect(found({ steps: [{ ...step, outcome: "reverted", revertReason: "not allowed" }] })).toEqual(["refuse simulation-reverted"]);
  });

  test("refuse a proposal prepared on another state, and one that breaks its promise", () => {
    expect(found({ context: { preconditions: [outcome] } })).toEqual(["refuse stale-precondition"]);
    expect(found({ context: { postconditions: [{ ...outcome, actual: undefined }] } })).toEqual(["refuse postcondition-fails"]);
    expect(found({ context: { preconditions: [{ ...outcome, holds: true }] } })).toEqual([]);
  });

  test("refuse calls to accounts without code", () => {
    expect(found({ context: { accountsWithCode: new Set([PROXY]) } })).toEqual(["refuse target-without-code"]);
  });

  test("let a plain payment go to an account without code", () => {
    const payment = exampleProposal([{ kind: "calls", calls: [{ to: address("a2"), valueWei: 1n, data: "0x" }] }]);
    expect(found({ proposal: payment, context: { accountsWithCode: new Set() } })).toEqual(["warning ether-leaves"]);
  });

  test("refuse a proxy as its own code, and code that is not there", () => {
    expect(found({ proposal: exampleProposal([{ ...UPGRADE, implementation: PROXY }]) })).toEqual(["refuse upgrade-to-itself"]);
    expect(found({ proposal: exampleProposal([{ ...UPGRADE, implementationCodeHash: HASH_OF_NO_CODE }]) })).toEqual(["refuse implementation-without-code"]);
  });

  test.each(["owners[0x01]", "threshold", "singleton", "guardManager.guard", undefined])("refuse a Safe whose %s changes", (path) => {
    expect(found({ changes: [{ address: SAFE, path }] })).toContain("refuse safe-storage-changed");
  });

  test.each(["owner", "_owner", "_pendingOwner", "erc1967.admin", "openzeppelin.Ownable._owner"])("refuse a change of %s that no intent asks for", (path) => {
    expect(found({ changes: [{ path }] })).toEqual(["refuse ownership-changes"]);
  });

  test("let ownership change where an intent says so, and leave owners of entries alone", () => {
    const handover = exampleProposal([{ kind: "transfer-ownership", contract: "Controller", target: CONTROLLER, newOwner: SAFE }]);
    expect(found({ proposal: handover, changes: [{ address: CONTROLLER, path: "owner", after: holding(SAFE) }] })).toEqual([]);
    expect(found({ proposal: handover, changes: [{ address: CONTROLLER, path: "owner", after: holding(PROXY) }] })).toEqual(["refuse ownership-changes"]);
    expect(found({ proposal: handover, changes: [{ address: CONTROLLER, path: "_pendingOwner" }] })).toEqual(["refuse ownership-changes"]);
    expect(found({ changes: [{ path: "jobs[1].owner" }] })).toEqual([]);
  });

  test("refuse a nameless word that held an authority and holds it no more", () => {
    expect(found({ changes: [{ path: undefined, before: holding(GOVERNOR), after: holding(PROXY) }] })).toContain("refuse ownership-changes");
    expect(found({ changes: [{ path: undefined, before: holding(address("a7")), after: word("0"), class: "unexplained" }] })).toEqual(["refuse storage-unexplained"]);
  });

  test.each(["registry[MinterTarget].contractAddress", "erc1967.implementation", "erc1967.beacon"])("refuse new code in %s that no upgrade names", (path) => {
    expect(found({ changes: [{ path, after: holding(PROXY) }] })).toEqual(["refuse code-changes"]);
    expect(found({ changes: [{ path, after: holding(NEW_CODE) }] })).toEqual([]);
  });

  test("refuse an authority that changes its own roles, and tell of roles elsewhere", () => {
    const granted = (by: Address): SimulatedStep[] => [{ ...step, events: [{ address: by, topics: [id("RoleGranted(bytes32,address,address)") as Hex, word("1"), word("a1"), word("a2")], data: "0x" }] }];
    expect(found({ steps: granted(GOVERNOR) })).toEqual(["refuse roles-change"]);
    expect(found({ steps: granted(PROXY) })).toEqual(["warning roles-change"]);
    const asking = (kind: "grant-role" | "revoke-role", account: string) => ({
      proposal: exampleProposal([{ kind, contract: "Governor", target: GOVERNOR, role: word("1"), roleName: "PROPOSER_ROLE", account: `0x${account.padStart(40, "0")}` }]),
      steps: granted(GOVERNOR),
    });
    expect(found(asking("grant-role", "a1"))).not.toContain("refuse roles-change");
    expect(found(asking("grant-role", "a2"))).toContain("refuse roles-change");
    expect(found(asking("revoke-role", "a1"))).toContain("refuse roles-change");
  });

  test("tell of ether, tokens and allowances of an authority that leave it", () => {
    const event = (signature: string, from: Address): SimulatedStep[] => [{ ...step, events: [{ address: PROXY, topics: [id(signature) as Hex, holding(from), word("a1")], data: word("5") }] }];
    expect(found({ changes: [{ address: SAFE, kind: "balance", path: undefined, slot: undefined, before: word("5"), after: word("4") }] })).toEqual(["warning ether-leaves"]);
    expect(found({ changes: [{ address: SAFE, kind: "balance", path: undefined, slot: undefined, before: word("4"), after: word("5") }] })).toEqual([]);
    expect(found({ steps: event("Transfer(address,address,uint256)", GOVERNOR) })).toEqual(["warning tokens-leave"]);
    expect(found({ steps: event("Approval(address,address,uint256)", SAFE) })).toEqual(["warning tokens-approved"]);
    expect(found({ steps: event("Transfer(address,address,uint256)", PROXY) })).toEqual([]);
  });

  test("refuse changes that nothing explains, and warn of no delay", () => {
    expect(found({ changes: [{ path: undefined, class: "unexplained" }] })).toEqual(["refuse storage-unexplained"]);
    expect(found({ changes: [{ class: "unexplained" }] })).toEqual(["refuse change-unexplained"]);
    expect(found({ changes: [{ path: undefined, class: "bookkeeping" }] })).toEqual([]);
    expect(found({ changes: [{ class: "unexplained" }], steps: [{ ...step, outcome: "reverted" }] })).toEqual(["refuse simulation-reverted"]);
    expect(found({ changes: [{ kind: "balance", path: undefined }] })).toEqual([]);
    expect(found({ proposal: exampleProposal([SET_RATE], { route: { salt: 0n, delayBlocks: 0n, delaySeconds: 0n } }) })).toEqual(["warning no-delay"]);
  });

  test("refuse a step that no block or no transaction can hold, and warn near the bound", () => {
    const using = (gasUsed: bigint, gasCaps = context.gasCaps): string[] => found({ steps: [{ ...step, gasUsed }], context: { gasCaps } });
    expect(using(30_000_001n)).toEqual(["refuse gas-over-block"]);
    expect(using(16_777_217n)).toEqual(["refuse gas-over-transaction"]);
    expect(using(16_777_217n, { block: 30_000_000n, transaction: { gas: 16_777_216n, isEnforced: false } })).toEqual(["warning gas-over-transaction"]);
    expect(using(13_500_000n)).toEqual(["warning gas-near-cap"]);
    expect(using(13_400_000n)).toEqual([]);
    expect(using(20_000_000n, { block: 30_000_000n, transaction: undefined })).toEqual([]);
    expect(using(24_000_001n, { block: 30_000_000n, transaction: undefined })).toEqual(["warning gas-near-cap"]);
  });

  describe("of what an upgrade needs", () => {
    const rate = { label: "rate", type: "uint256", setters: [{ name: "setRate", selector: "0x11223344" as const }], isZeroAware: false };
    const needs = (more: Partial<UpgradeTraits>): Partial<CheckContext> => ({ upgrades: new Map([[PROXY, { newVariables: [], initializers: [], ...more }]]) });
    const withCall = (data: Hex, more = {}): Proposal => exampleProposal([UPGRADE, { kind: "calls", calls: [{ to: PROXY, valueWei: 0n, data }] }], more);

    test("warn of a new variable that nothing sets, and say it softly where the code reckons with zero", () => {
      expect(found({ context: needs({ newVariables: [rate] }) })).toEqual(["warning variable-unset"]);
      expect(found({ context: needs({ newVariables: [{ ...rate, isZeroAware: true }] }) })).toEqual(["info variable-unset"]);
      expect(found({ context: needs({ newVariables: [{ ...rate, setters: [] }] }) })).toEqual([]);
    });

    test("are silent about a new variable that the batch sets, also to zero, and also with the upgrade", () => {
      const context = needs({ newVariables: [rate] });
      expect(found({ context, changes: [{ path: "rate", before: word("0"), after: word("5") }] })).toEqual([]);
      expect(found({ context, proposal: withCall("0x1122334400") })).toEqual([]);
      const uups = exampleProposal([{ ...UPGRADE, proxy: { kind: "uups", address: PROXY }, initializer: "0x1122334400" }]);
      expect(found({ context, proposal: uups })).toEqual([]);
    });

    test("refuse a new initialiser that the batch leaves to strangers", () => {
      const init = { name: "initializeV2", selector: "0xaabbccdd" as const, isOld: false, guard: "once" as const };
      expect(found({ context: needs({ initializers: [init] }) })).toEqual(["refuse initializer-open"]);
      expect(found({ context: needs({ initializers: [{ ...init, isOld: true }] }) })).toEqual([]);
      expect(found({ context: needs({ initializers: [{ ...init, guard: "restricted" }] }) })).toEqual([]);
      expect(found({ context: needs({ initializers: [{ ...init, guard: "open" }] }) })).toEqual(["warning initializer-open"]);
      expect(found({ context: needs({ initializers: [{ ...init, guard: "open", isOld: true }] }) })).toEqual(["info initializer-open"]);
      expect(found({ context: needs({ initializers: [init] }), proposal: withCall("0xaabbccdd") })).toEqual([]);
      const byKey = withCall("0xaabbccdd", { authorities: [{ kind: "eoa", address: address("a1") }] });
      expect(found({ context: needs({ initializers: [init] }), proposal: byKey })).toContain("warning initializer-late");
    });
  });

  describe("of registry entries", () => {
    const COMMIT = `0x${"22".repeat(20)}` as const;
    const OLD_MINTER = address("01d");
    const register = (contract: string, at: Address = NEW_CODE, codeHash: Hex = word("c")): RegisterIntent => ({ kind: "register", contract, controller: CONTROLLER, address: at, codeHash, gitCommitHash: COMMIT });
    const migrate: Intent = { kind: "migrate-minter", minter: OLD_MINTER, newMinter: NEW_CODE, token: address("10") };
    const calls = (signature: string, args: unknown[]): Intent => ({ kind: "calls", calls: [{ to: PROXY, valueWei: 0n, data: new Interface([`function ${signature}`]).encodeFunctionData(signature, args) as Hex }] });
    const pinnedAs = (intents: Intent[], expect: Hex = `0x${"00".repeat(64)}`): Condition[] => readsToPin(intents).map((read) => ({ read, expect }));
    const of = (intents: Intent[], more: { pinned?: Hex; context?: Partial<CheckContext>; byKey?: boolean } = {}): string[] => {
      const preconditions = pinnedAs(intents, more.pinned);
      const authorities = more.byKey === true ? [{ kind: "eoa" as const, address: address("a1") }] : undefined;
      const batch = exampleProposal(intents, { preconditions, ...(authorities === undefined ? {} : { authorities }) });
      return found({ proposal: batch, context: { accountsWithCode: new Set(batch.calls.map(({ to }) => to)), ...more.context } }).filter((line) => line !== "warning batch-not-atomic");
    };

    test("refuse an entry without code, a proxy without code, and code that is not compared with what it replaces", () => {
      expect(of([register("TicketBroker")])).toEqual([]);
      expect(of([register("JobsManager")], { pinned: `${holding(PROXY)}${"00".repeat(32)}` })).toEqual(["warning entry-replaced"]);
      expect(of([register("TicketBroker", NEW_CODE, HASH_OF_NO_CODE)])).toEqual(["refuse registered-without-code"]);
      expect(of([register("JobsManagerTarget", ZERO_ADDRESS, HASH_OF_NO_CODE)])).toEqual(["refuse proxy-without-code"]);
      expect(of([register("Verifier", ZERO_ADDRESS, HASH_OF_NO_CODE)])).toEqual(["warning entry-removed"]);
      expect(of([register("TicketBrokerTarget")], { pinned: `${holding(PROXY)}${"00".repeat(32)}` })).toEqual(["refuse code-not-compared"]);
    });

    test("tell whom a change of the registry reaches", () => {
      const use = (readers: string[], proxies: string[]): Partial<CheckContext> => ({ registry: new Map([[contractId("Verifier"), { readers, proxies }]]) });
      expect(of([register("Verifier")], { context: use(["JobsManager"], []) })).toEqual(["info entry-has-readers"]);
      expect(of([register("Verifier", ZERO_ADDRESS, HASH_OF_NO_CODE)], { context: use(["JobsManager"], []) })).toEqual(["warning entry-removed", "warning entry-still-read"].toSorted());
      expect(of([register("Verifier")], { context: use([], ["A", "B"]) })).toEqual(["warning target-shared"]);
      expect(of([register("Verifier")], { context: use([], ["A"]) })).toEqual([]);
    });

    test("refuse code that asks for a contract which nobody registers before it", () => {
      const votes = { newDependencies: new Map([[NEW_CODE, ["BondingVotes", "Treasury"]]]) };
      const target = register("BondingManagerTarget");
      const bondingVotes = register("BondingVotes", address("b0"));
      const treasury = register("Treasury", address("7e"));
      expect(of([target], { context: votes })).toEqual(["refuse dependency-unregistered", "warning dependency-unregistered"]);
      expect(of([bondingVotes, treasury, target], { context: votes })).toEqual([]);
      expect(of([target, bondingVotes, treasury], { context: votes })).toEqual([]);
      expect(of([target, bondingVotes, treasury], { context: votes, byKey: true })).toEqual(["refuse dependency-registered-late", "warning dependency-registered-late"]);
    });

    test("refuse a Minter that is registered before the old one is emptied, without it, or in another's place", () => {
      expect(of([migrate, register("Minter")])).toEqual([]);
      expect(of([register("Minter"), migrate])).toEqual(["refuse minter-registered-early"]);
      expect(of([register("Minter")])).toEqual(["refuse minter-funds-left"]);
      expect(of([migrate])).toEqual(["refuse minter-not-registered"]);
      expect(of([migrate, register("Minter", PROXY)])).toEqual(["refuse minter-is-another"]);
    });

    test("refuse an upgrade round that is set before the RoundsManager can keep it, or after the BondingManager asks for it", () => {
      const round = calls("setLIPUpgradeRound(uint256,uint256)", [36n, 100n]);
      const [rounds, bonding] = [register("RoundsManagerTarget"), register("BondingManagerTarget")];
      expect(of([rounds, round, bonding])).toEqual([]);
      expect(of([round, rounds, bonding])).toEqual(["refuse upgrade-round-before-rounds-manager"]);
      expect(of([rounds, bonding, round])).toEqual(["refuse upgrade-round-after-bonding-manager"]);
    });

    test("let the registry change as the intent says, and no other way", () => {
      const changed = (path: string, after: Hex): string[] => found({ proposal: exampleProposal([register("TicketBroker")], { preconditions: pinnedAs([register("TicketBroker")]) }), changes: [{ address: CONTROLLER, path, after }], context: { accountsWithCode: new Set([CONTROLLER]) } });
      expect(changed("registry[TicketBroker].contractAddress", holding(NEW_CODE))).toEqual([]);
      expect(changed("registry[TicketBroker].contractAddress", holding(PROXY))).toEqual(["refuse code-changes"]);
      expect(changed("registry[MinterTarget].contractAddress", holding(NEW_CODE))).toEqual(["refuse code-changes"]);
    });

    test("let the token go to the Minter that the intent names", () => {
      const batch = [migrate, register("Minter")];
      const moved = (after: Hex): string[] => found({ proposal: exampleProposal(batch, { preconditions: pinnedAs(batch) }), changes: [{ address: address("10"), path: "owner", after }], context: { accountsWithCode: new Set([CONTROLLER, OLD_MINTER]) } });
      expect(moved(holding(NEW_CODE))).toEqual([]);
      expect(moved(holding(PROXY))).toEqual(["refuse ownership-changes"]);
    });
  });

  test("pass on what was found while the proposal was prepared, worst first", () => {
    const prepared: Finding[] = [
      { severity: "info", code: "known", title: "known" },
      { severity: "refuse", code: "layout-variable-moved", title: "moved" },
      { severity: "warning", code: "parameter-hazard", title: "hazard" },
    ];
    expect(found({ context: { prepared }, changes: [{ path: undefined, class: "unexplained" }] })).toEqual(["refuse layout-variable-moved", "refuse storage-unexplained", "warning parameter-hazard", "info known"]);
  });
});
