import { describe, expect, test } from "vitest";
import { Exit, LpctlError } from "../../../src/errors.ts";
import { canonicalHash, canonicalJson, toPlainJson } from "../../../src/proposal/canonical.ts";
import { parseProposal, type Proposal } from "../../../src/proposal/proposal.ts";
import { address, exampleProposal, SAFE, SET_RATE, UPGRADE } from "./example-proposal.ts";

const honest = exampleProposal();
const textOf = (value: unknown): string => JSON.stringify(toPlainJson(value), null, 2);

function refusalOf(text: string): LpctlError {
  try {
    parseProposal(text, "proposal.json");
  } catch (error) {
    if (error instanceof LpctlError) return error;
    throw error;
  }
  throw new Error("the file was accepted");
}

/** As somebody would forge it who knows how ids are made. */
function withNewId({ id: _id, ...body }: Proposal): string {
  return textOf({ ...body, id: canonicalHash(body) });
}

describe("the canonical form", () => {
  test("is the same for every order of keys", () => {
    expect(canonicalJson({ b: 1, a: { d: [1, { y: 2, x: 1 }], c: "z" } })).toBe(canonicalJson({ a: { c: "z", d: [1, { x: 1, y: 2 }] }, b: 1 }));
  });

  test("writes bigints as decimal text, however large, and leaves out what is undefined", () => {
    expect(canonicalJson({ value: 2n ** 256n - 1n, absent: undefined })).toBe(`{"value":"${2n ** 256n - 1n}"}`);
  });

  test("tells the order of a list apart", () => {
    expect(canonicalHash([1, 2])).not.toBe(canonicalHash([2, 1]));
  });

  test("gives a proposal an id that its file keeps, whatever the order of its keys", () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(Object.entries(value).toReversed().map(([key, member]) => [key, reversed(member)]));
    };
    expect(parseProposal(JSON.stringify(reversed(toPlainJson(honest))), "file")).toEqual(honest);
    expect(exampleProposal().id).toBe(honest.id);
  });
});

describe("a proposal file", () => {
  test("may leave unpinned only the parameter of a contract that gets new code", () => {
    const without = (to: string): string => withNewId({ ...honest, preconditions: honest.preconditions.filter(({ read }) => !("data" in read && read.to === to && read.label === SET_RATE.parameter)) });
    expect(parseProposal(without(SET_RATE.target), "file").preconditions).toHaveLength(honest.preconditions.length - 1);
    const alone = exampleProposal([SET_RATE]);
    expect(refusalOf(withNewId({ ...alone, preconditions: [] }))).toMatchObject({ code: "LPCTL_PROPOSAL_CALLS_DIFFER" });
  });

  test("reads back as the proposal that was written", () => {
    expect(parseProposal(textOf(honest), "file")).toEqual(honest);
  });

  test.each([
    ["is empty", ""],
    ["is cut off", textOf(honest).slice(0, 400)],
    ["is not JSON", "schema: 1"],
    ["is a list", "[]"],
    ["is null", "null"],
    ["lacks its calls", textOf({ ...honest, calls: undefined })],
    ["has no intent", textOf({ ...honest, intents: [] })],
    ["has a field nobody knows", textOf({ ...honest, surprise: true })],
    ["has a number where text belongs", textOf({ ...honest, chainId: 31337 })],
    ["has an address with a wrong checksum", textOf(honest).replaceAll(SAFE, SAFE.replace(/[a-f]/i, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())))],
  ])("that %s is unreadable", (_what, text) => {
    expect(refusalOf(text)).toMatchObject({ code: "LPCTL_PROPOSAL_UNREADABLE", exit: Exit.usage });
  });

  test.each([2, "1", null])("of schema %j is of another lpctl", (schema) => {
    expect(refusalOf(textOf({ ...honest, schema }))).toMatchObject({ code: "LPCTL_PROPOSAL_UNKNOWN_SCHEMA", exit: Exit.usage });
  });

  test.each([
    ["its title", { title: "Something harmless" }],
    ["its chain", { chainId: 1n }],
    ["its delay", { route: { ...honest.route, delayBlocks: 0n } }],
    ["its id", { id: `0x${"00".repeat(32)}` }],
    ["a value", { intents: [UPGRADE, { ...SET_RATE, value: "5" }] }],
  ])("edited by hand in %s is refused", (_what, edit) => {
    expect(refusalOf(textOf({ ...honest, ...edit }))).toMatchObject({ code: "LPCTL_PROPOSAL_EDITED", exit: Exit.refused });
  });

  test.each([
    ["swapped calls", { calls: honest.calls.toReversed() }],
    ["a call more", { calls: [...honest.calls, { to: address("bad"), valueWei: 0n, data: "0x" as const }] }],
    ["another target", { calls: honest.calls.map((call) => ({ ...call, to: address("bad") })) }],
    ["ether sent along", { calls: honest.calls.map((call) => ({ ...call, valueWei: 1n })) }],
    ["fewer promises", { postconditions: honest.postconditions.slice(1) }],
    ["no preconditions", { preconditions: [] }],
    ["a precondition less", { preconditions: honest.preconditions.slice(1) }],
    ["evidence about other code", { code: [{ address: address("bad"), codeHash: UPGRADE.implementationCodeHash }] }],
    ["evidence of another code hash", { code: [{ address: UPGRADE.implementation, codeHash: `0x${"00".repeat(32)}` as const }] }],
    ["a precondition about something else", { preconditions: [{ read: { kind: "code" as const, label: "x", address: address("bad") }, expect: "0x00" as const }] }],
  ])("forged with %s and a matching id is refused", (_what, edit) => {
    expect(refusalOf(withNewId({ ...honest, ...edit }))).toMatchObject({ code: "LPCTL_PROPOSAL_CALLS_DIFFER", exit: Exit.refused });
  });

  test.each([
    ["a setter that is no function", { ...SET_RATE, setter: "not solidity" }],
    ["a getter that is no function", { ...SET_RATE, getter: "event X(uint256 a)" }],
    ["a value that does not fit the type", { ...SET_RATE, value: (2n ** 64n).toString() }],
    ["a negative value", { ...SET_RATE, value: "-1" }],
    ["an initializer for a registry proxy", { ...UPGRADE, initializer: "0x12345678" as const }],
  ])("with %s gives no calls", (_what, intent) => {
    const { id: _id, ...body } = honest;
    const text = textOf({ ...body, intents: [intent], id: canonicalHash({ ...body, intents: [intent] }) });
    expect(refusalOf(text)).toMatchObject({ code: "LPCTL_PROPOSAL_UNREADABLE", exit: Exit.usage });
  });
});
