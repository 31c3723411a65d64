import fc from "fast-check";
import { getAddress } from "ethers";
import { expect, test } from "vitest";
import { LpctlError } from "../../src/errors.ts";
import { toPlainJson } from "../../src/proposal/canonical.ts";
import type { Intent, Proxy } from "../../src/proposal/intent.ts";
import { makeProposal, parseProposal, type Proposal } from "../../src/proposal/proposal.ts";
import { isPrintable } from "../../src/protocol/printable.ts";
import { readsToPin } from "../../src/proposal/conditions.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((found): Hex => `0x${Buffer.from(found).toString("hex")}`);
const anyAddress = bytes(20).map((found) => getAddress(found) as Address);
const anyData = fc.uint8Array({ maxLength: 80 }).map((found): Hex => `0x${Buffer.from(found).toString("hex")}`);
const natural = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
/** Any text that may be shown, with what breaks files: quotes, backslashes, emoji, other scripts. */
const anyText = fc.string({ minLength: 1, unit: "grapheme" }).filter(isPrintable);

const anyProxy: fc.Arbitrary<Proxy> = fc.oneof(
  fc.record({ kind: fc.constant("controller-registry" as const), address: anyAddress, controller: anyAddress, targetId: bytes(32) }),
  fc.record({ kind: fc.constant("transparent" as const), address: anyAddress, admin: anyAddress }),
  fc.record({ kind: fc.constant("uups" as const), address: anyAddress }),
  fc.record({ kind: fc.constant("beacon" as const), address: anyAddress, beacon: anyAddress }),
);

const anyIntent: fc.Arbitrary<Intent> = fc.oneof(
  fc.record({
    kind: fc.constant("upgrade" as const),
    contract: anyText,
    proxy: anyProxy,
    implementation: anyAddress,
    implementationCodeHash: bytes(32),
    gitCommitHash: bytes(20),
    initializer: fc.constant<Hex>("0x"),
  }),
  fc.record({
    kind: fc.constant("set-parameter" as const),
    parameter: anyText,
    target: anyAddress,
    getter: fc.constant("function roundOf(uint256 lip) view returns (uint256)"),
    getterArgs: fc.tuple(natural.map(String)),
    setter: fc.constant("function setRoundOf(uint256 lip, uint256 round)"),
    setterArgs: fc.tuple(natural.map(String)),
    value: natural.map(String),
  }),
  fc.record({ kind: fc.constant("transfer-ownership" as const), contract: anyText, target: anyAddress, newOwner: anyAddress }),
  fc.record({ kind: fc.constant("register" as const), contract: anyText, controller: anyAddress, address: anyAddress, codeHash: bytes(32), gitCommitHash: bytes(20) }),
  fc.record({ kind: fc.constantFrom("grant-role" as const, "revoke-role" as const), contract: fc.constant("Treasury"), target: anyAddress, role: bytes(32), roleName: fc.constant("PROPOSER_ROLE"), account: anyAddress }),
  fc.record({ kind: fc.constant("migrate-minter" as const), minter: anyAddress, newMinter: anyAddress, token: anyAddress }),
  fc.record({ kind: fc.constantFrom("pause" as const, "unpause" as const), controller: anyAddress }),
  fc.record({ kind: fc.constant("calls" as const), calls: fc.array(fc.record({ to: anyAddress, valueWei: natural, data: anyData }), { minLength: 1, maxLength: 3 }) }),
);

const anyProposal: fc.Arbitrary<Proposal> = fc
  .record({
    network: anyText,
    chainId: natural,
    genesisHash: bytes(32),
    title: anyText,
    intents: fc.array(anyIntent, { minLength: 1, maxLength: 3 }),
    authorities: fc.array(fc.record({ kind: fc.constantFrom("eoa" as const, "safe" as const, "governor" as const, "timelock" as const), address: anyAddress }), { minLength: 1, maxLength: 3 }),
    route: fc.record({ salt: natural, delayBlocks: natural, delaySeconds: natural }),
    sinceBlock: natural,
    expect: bytes(32),
  })
  .map(({ expect: found, ...draft }) =>
    makeProposal({ ...draft, preconditions: readsToPin(draft.intents).map((read) => ({ read, expect: found })), code: [] }),
  );

const textOf = (proposal: Proposal): string => `${JSON.stringify(toPlainJson(proposal), null, 2)}\n`;

test("every proposal survives being written and read", () => {
  fc.assert(
    fc.property(anyProposal, (proposal) => {
      expect(parseProposal(textOf(proposal), "file")).toEqual(proposal);
    }),
    { numRuns: 200 },
  );
});

type Edit = { kind: "replace" | "insert" | "remove"; at: number; character: string };
const anyEdit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("replace" as const, "insert" as const, "remove" as const),
  at: fc.nat(),
  character: fc.oneof(fc.constantFrom(..."0123456789abcdefABCDEFxX\"'{}[],:\\ \n\t\u202e\u0000é"), fc.string({ minLength: 1, maxLength: 1 })),
});

function apply(text: string, { kind, at, character }: Edit): string {
  const place = at % text.length;
  const [before, after] = [text.slice(0, place), text.slice(place + (kind === "insert" ? 0 : 1))];
  return `${before}${kind === "remove" ? "" : character}${after}`;
}

test("every edit of one character is refused with a code of ours, or changes nothing that the file says", () => {
  fc.assert(
    fc.property(anyProposal, fc.array(anyEdit, { minLength: 20, maxLength: 20 }), (proposal, edits) => {
      for (const edit of edits) {
        try {
          expect(parseProposal(apply(textOf(proposal), edit), "file")).toEqual(proposal);
        } catch (error) {
          if (!(error instanceof LpctlError)) throw error;
          expect(error.code).toMatch(/^LPCTL_PROPOSAL_(UNREADABLE|UNKNOWN_SCHEMA|EDITED|CALLS_DIFFER)$/);
        }
      }
    }),
    { numRuns: 60 },
  );
});
