import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { getAddress } from "ethers";
import { expect, test } from "vitest";
import { explorerUrl, labelOf, parseNetworkFile } from "../../../src/protocol/network-file.ts";

const FOLDER = join(import.meta.dirname, "../../../networks");
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
const networks = FILES.map((name) => parseNetworkFile(readFileSync(join(FOLDER, name), "utf8"), name));

/** One address may mean different contracts on different chains; these do, and must stand in one file only, under this name. */
const COLLISIONS: [string, number, string][] = [
  ["0x289ba1701c2f088cf0faf8b3705246331cb8a839", 42161, "LivepeerToken"],
  ["0xd8e8328501e9645d16cf49539efc04f734606ee4", 42161, "Controller"],
  ["0xf96d54e490317c557a967abfa5d6e33006be69b3", 1, "Controller"],
];

test("every network file is valid, checksummed and named after itself", () => {
  expect(FILES.sort()).toEqual(["arbitrum-one.json", "ethereum.json"]);
  for (const network of networks) expect(FILES).toContain(`${network.name}.json`);
  expect(new Set(networks.map((network) => network.chainId)).size).toBe(networks.length);
});

test("no address stands twice in a file, and none is shared between chains", () => {
  const seen = new Map<string, string>();
  for (const network of networks) {
    for (const [name, address] of Object.entries({ ...network.addresses, Controller: network.controller, Governor: network.governor, Safe: network.safe })) {
      if (address === undefined) continue;
      const here = `${network.name} ${name}`;
      expect(seen.get(address.toLowerCase()), here).toBeUndefined();
      seen.set(address.toLowerCase(), here);
    }
  }
});

test("addresses which are something else on another chain are listed where they belong", () => {
  for (const [address, chainId, name] of COLLISIONS) {
    for (const network of networks) expect(labelOf(network, address)).toBe(network.chainId === chainId ? name : undefined);
  }
});

test("an address is shown with its checksum and links to the explorer of its chain", () => {
  const arbitrum = networks.find((network) => network.chainId === 42161);
  if (arbitrum === undefined) throw new Error("no arbitrum-one");
  expect(explorerUrl(arbitrum, arbitrum.controller)).toBe(`https://arbiscan.io/address/${getAddress(arbitrum.controller)}`);
  expect(explorerUrl({ explorer: undefined }, arbitrum.controller)).toBeUndefined();
});

test("a changed character, an unknown field and no JSON at all are refused with the place", () => {
  const text = readFileSync(join(FOLDER, "ethereum.json"), "utf8");
  const broken: [string, string][] = [
    [text.replace('"0xF96D54E4', '"0xF96D54E5'), "controller"],
    [text.replace('"suite"', '"suit"'), "suite"],
    [text.replace('"schema": 1', '"schema": 2'), "schema"],
    ["{", "JSON"],
  ];
  for (const [changed, place] of broken) {
    expect(changed).not.toBe(text);
    expect(() => parseNetworkFile(changed, "x.json")).toThrow(expect.objectContaining({ code: "LPCTL_NETWORK_FILE_MALFORMED", why: expect.stringContaining(place) as string }));
  }
});
