import { Interface } from "ethers";
import { getAddress } from "ethers/address";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { formatBuilderFile, isBuilderFile, parseBuilderFile } from "../../../src/safe/builder-file.ts";
import type { BuilderBatch } from "../../../src/safe/builder-file.ts";
import { refusalOf } from "./local-safe.ts";

const TO: Address = "0x41675C099F32341bf84BFc5382aF534df5C7461a";
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => getAddress(`0x${Buffer.from(bytes).toString("hex")}`) as Address);
const data = fc.uint8Array({ minLength: 4, maxLength: 60 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as Hex);
const call = fc.record({ to: address, valueWei: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), data: fc.oneof(data, fc.constant<Hex>("0x")) });
const batch: BuilderBatch = { chainId: 42161n, name: "Raise the rate", description: "", safe: TO, calls: [{ to: TO, valueWei: 3n, data: "0x12345678" }] };

/** The file with something changed, and without the checksum that would notice. */
function edited(change: (file: Record<string, unknown>, first: Record<string, unknown>) => void): string {
  const file = JSON.parse(formatBuilderFile(batch, 0)) as { meta: Record<string, unknown>; transactions: Record<string, unknown>[] };
  delete file.meta["checksum"];
  change(file as unknown as Record<string, unknown>, file.transactions[0] ?? {});
  return JSON.stringify(file);
}
const method = (signature: string, values: unknown): string =>
  edited((_, first) => {
    const fragment = new Interface([signature]).fragments[0];
    Object.assign(first, { data: null, contractMethod: { ...(JSON.parse(fragment?.format("json") ?? "") as object), payable: false }, contractInputsValues: values });
  });

test("any calls come back from the file, whose checksum holds", () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 5 }), fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[^ -~]/g, "").trim()), (calls, name) => {
      expect(parseBuilderFile(formatBuilderFile({ ...batch, calls, name }, 1_700_000_000_000))).toEqual({ ...batch, calls, name });
    }),
    { numRuns: 40 },
  );
});

test("computes the checksum that the Transaction Builder itself wrote", () => {
  const input = (name: string, type: string): object => ({ internalType: type, name, type });
  const saved = {
    version: "1.0",
    chainId: "1",
    createdAt: 1713949623894,
    meta: { name: "Transactions Batch", description: "", txBuilderVersion: "1.16.5", createdFromSafeAddress: "0xcdd57D11476c22d265722F68390b036f3DA48c21", createdFromOwnerAddress: "", checksum: "0x37b66d67757452f835ebc6540e283e27544d1414409577963593e7e535ce3ad9" },
    transactions: [
      {
        to: "0x9f26d4C958fD811A1F59B01B86Be7dFFc9d20761",
        value: "0",
        data: null,
        contractMethod: { inputs: [input("target", "address"), input("value", "uint256"), input("data", "bytes"), input("predecessor", "bytes32"), input("salt", "bytes32"), input("delay", "uint256")], name: "schedule", payable: false },
        contractInputsValues: {
          target: "0x9FFDF407cDe9a93c47611799DA23924Af3EF764F",
          value: "0",
          data: "0x3beb551700000000000000000000000061ff310ac15a517a846da08ac9f9abf2a0f9a2bf00000000000000000000000000000000000000000000000000000000000007d00000000000000000000000000000000000000000000000000000000000001388",
          predecessor: "0x0",
          salt: "0x0",
          delay: "259200",
        },
      },
    ],
  };
  // Past the checksum: what is wrong is a bytes32 of half a byte, which the Builder filled up in silence.
  expect(() => parseBuilderFile(JSON.stringify(saved))).toThrow(expect.objectContaining({ code: "LPCTL_BUILDER_BAD_VALUE" }) as Error);
  saved.meta.name = "Another name, which the Builder lets change";
  expect(() => parseBuilderFile(JSON.stringify(saved))).toThrow(expect.objectContaining({ code: "LPCTL_BUILDER_BAD_VALUE" }) as Error);
  saved.chainId = "10";
  expect(() => parseBuilderFile(JSON.stringify(saved))).toThrow(expect.objectContaining({ code: "LPCTL_BUILDER_CHECKSUM" }) as Error);
});

test.each<[signature: string, values: Record<string, unknown>, args: unknown[]]>([
  ["function set(uint256 rate, bool open)", { rate: "500", open: "false" }, [500n, false]],
  ["function set(uint256 rate, bool open)", { rate: "0xff", open: true }, [255n, true]],
  ["function set(int8 a, string b)", { a: "-5", b: " two words " }, [-5n, " two words "]],
  ["function many(address[] who, uint256[] much)", { who: `[${TO}, ${TO}]`, much: "[115792089237316195423570985008687907853269984665640564039457584007913129639935, 1]" }, [[TO, TO], [(1n << 256n) - 1n, 1n]]],
  ["function many(address[] who, uint256[] much)", { who: [TO], much: `["7"]` }, [[TO], [7n]]],
  ["function deep((uint256 a, address[] b)[] c)", { c: `[[9007199254740993,["${TO}"]]]` }, [[[9007199254740993n, [TO]]]]],
  ["function none()", {}, []],
])("encodes %s with %j", (signature, values, args) => {
  const [only] = parseBuilderFile(method(signature, values)).calls;
  expect(only?.data).toBe(new Interface([signature]).encodeFunctionData(signature.split(" ")[1]?.split("(")[0] ?? "", args));
});

test("agrees with calldata that stands beside the function, and refuses what contradicts it", async () => {
  const both = (given: string): string => edited((_, first) => Object.assign(first, { data: given, contractMethod: { name: "set", inputs: [{ name: "rate", type: "uint256" }] }, contractInputsValues: { rate: "1" } }));
  const right = new Interface(["function set(uint256 rate)"]).encodeFunctionData("set", [1n]);
  expect(parseBuilderFile(both(right)).calls[0]?.data).toBe(right);
  expect(await refusalOf(() => parseBuilderFile(both(right.replace(/1$/, "2"))))).toBe("LPCTL_BUILDER_CONTRADICTION");
});

test.each<[what: string, text: string, code: string]>([
  ["a value above uint256", edited((_, first) => (first["value"] = (1n << 256n).toString())), "INVALID"],
  ["a negative value", edited((_, first) => (first["value"] = "-1")), "INVALID"],
  ["a value with a fraction", edited((_, first) => (first["value"] = "1.5")), "INVALID"],
  ["a value that JSON rounds", edited((_, first) => (first["value"] = 1e21)), "INVALID"],
  ["a float", edited((_, first) => (first["value"] = 0.5)), "INVALID"],
  ["an address with a wrong checksum", edited((_, first) => (first["to"] = TO.replace("a", "A"))), "INVALID"],
  ["no address", edited((_, first) => (first["to"] = "")), "INVALID"],
  ["half a byte of data", edited((_, first) => (first["data"] = "0x123")), "INVALID"],
  ["a delegatecall", edited((_, first) => (first["operation"] = 1)), "INVALID"],
  ["no transaction", edited((file) => (file["transactions"] = [])), "INVALID"],
  ["more transactions than anyone reviews", edited((file) => (file["transactions"] = Array.from({ length: 1_001 }, () => (file["transactions"] as unknown[])[0]))), "INVALID"],
  ["another version", edited((file) => (file["version"] = "2.0")), "INVALID"],
  ["a key given twice", formatBuilderFile(batch, 0).replace('"value": "3"', '"value": "3", "value": "4"'), "DUPLICATE_KEY"],
  ["__proto__", formatBuilderFile(batch, 0).replace('"value": "3"', '"__proto__": {"value": "4"}, "value": "3"'), "FORBIDDEN_KEY"],
  ["a call changed after saving", formatBuilderFile(batch, 0).replace('"value": "3"', '"value": "4"'), "CHECKSUM"],
  ["megabytes of nothing", `{"version":"1.0","junk":"${"x".repeat(8_000_001)}"}`, "INVALID"],
  ["nesting without end", `${"[".repeat(200_000)}`, "NOT_JSON"],
  ["nesting that runs a reader out of stack", formatBuilderFile(batch, 0).replace("{", `{"junk":${"[".repeat(20_000)}${"]".repeat(20_000)},`), "NOT_JSON"],
  ["something cut off", formatBuilderFile(batch, 0).slice(0, -9), "NOT_JSON"],
  ["an argument that is missing", method("function set(uint256 rate)", {}), "BAD_VALUE"],
  ["an argument that JSON rounded", method("function set(uint256 rate)", { rate: 2 ** 60 }), "BAD_VALUE"],
  ["an argument beyond its type", method("function set(uint8 rate)", { rate: "256" }), "BAD_VALUE"],
  ["an argument that only every object has", method("function set(uint256 toString)", {}), "BAD_VALUE"],
  ["a list that is none", method("function many(uint256[] much)", { much: "1,2" }), "BAD_VALUE"],
])("refuses %s", async (_what, text, code) => {
  expect(await refusalOf(() => parseBuilderFile(text))).toBe(`LPCTL_BUILDER_${code}`);
});

test("tells its files from bundles", () => {
  expect(isBuilderFile(formatBuilderFile(batch, 0))).toBe(true);
  expect(isBuilderFile('{"schema":1,"transactions":[],"meta":{}}')).toBe(false);
  expect(isBuilderFile("<html>")).toBe(false);
});
