import { describe, expect, test } from "vitest";
import type { NetworkLayer, Origin } from "../../../src/config/config.ts";
import { chooseChainId, chooseNetworkName, parseBlocksPerSecond, parseBlockTime } from "../../../src/node/node-options.ts";

function layer(kind: Origin["kind"], networks: NetworkLayer["networks"]): { networkLayers: NetworkLayer[] } {
  return { networkLayers: [{ origin: { kind, where: "somewhere" }, folder: "/", networks }] };
}

describe("the speed", () => {
  test("is a block time by another name", () => {
    expect(parseBlocksPerSecond(undefined, true)).toBeUndefined();
    expect(parseBlocksPerSecond("4", true)).toBe(0.25);
    expect(parseBlocksPerSecond("0.5", false)).toBe(2);
  });

  test.each([["0", true], ["1001", true], ["11", false], ["-1", true], ["fast", true]])("is not %s (actors: %s)", (text, hasActors) => {
    expect(() => parseBlocksPerSecond(text, hasActors)).toThrow(expect.objectContaining({ code: "LPCTL_USAGE_BAD_VALUE" }) as Error);
  });
});

describe("the block time", () => {
  test.each([
    [undefined, undefined],
    ["0", 0],
    ["2", 2],
    ["0.5", 0.5],
    ["3600", 3600],
  ])("%s is read as %s seconds", (text, seconds) => {
    expect(parseBlockTime(text)).toBe(seconds);
  });

  test.each(["", "-1", "0.01", "3601", "1e3", "one", "1s", "0x1", "Infinity"])("refuses %j", (text) => {
    expect(() => parseBlockTime(text)).toThrow(expect.objectContaining({ code: "LPCTL_USAGE_BAD_VALUE" }) as Error);
  });
});

describe("the chain id", () => {
  test("is 31337 unless another is wanted", () => {
    expect(chooseChainId(undefined, { networkLayers: [] })).toBe(31337n);
    expect(chooseChainId(5, { networkLayers: [] })).toBe(5n);
  });

  test("may be that of a local network, and of no other", () => {
    const local = layer("project", { local: { rpcUrl: "http://127.0.0.1:8545", chainId: 31337n } });
    const remote = layer("user", { staging: { rpcUrl: "https://rpc.example.org", chainId: 31337n } });
    expect(chooseChainId(undefined, local)).toBe(31337n);
    const refused = expect.objectContaining({ code: "LPCTL_NODE_CHAIN_ID_REAL" }) as Error;
    expect(() => chooseChainId(undefined, remote)).toThrow(refused);
    expect(() => chooseChainId(1, layer("built-in", { ethereum: { chainId: 1n } }))).toThrow(refused);
  });
});

describe("the network's name", () => {
  test("may be that of an earlier local chain", () => {
    expect(chooseNetworkName("local", layer("project", { local: { rpcUrl: "http://127.0.0.1:8545" } }))).toBe("local");
  });

  test("is never that of a network elsewhere", () => {
    const refused = expect.objectContaining({ code: "LPCTL_NODE_NAME_TAKEN" }) as Error;
    expect(() => chooseNetworkName("local", layer("project", { local: { rpcUrl: "https://rpc.example.org" } }))).toThrow(refused);
    expect(() => chooseNetworkName("ethereum", layer("built-in", { ethereum: { chainId: 1n } }))).toThrow(refused);
  });

  test.each(["", "a b", "__proto__", "-x", "a/b", "x".repeat(33)])("refuses %j", (name) => {
    expect(() => chooseNetworkName(name, { networkLayers: [] })).toThrow(expect.objectContaining({ code: "LPCTL_USAGE_BAD_VALUE" }) as Error);
  });
});
