import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { keccak256 } from "ethers/crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { OFFICIAL_CONTRACTS, PROXY_CODE_HASHES } from "../../../src/safe/safe-contracts.ts";

const require = createRequire(import.meta.url);
const assets = join(dirname(require.resolve("@safe-global/safe-deployments")), "assets");
const deploymentSchema = z.object({ contractName: z.string(), version: z.string(), deployments: z.record(z.string(), z.object({ address: z.string(), codeHash: z.string() })) });

test("every pinned address and code hash is the one that safe-deployments publishes, and none is missing", () => {
  const published = ["1.3.0", "1.4.1", "1.5.0"].flatMap((version) =>
    readdirSync(join(assets, `v${version}`)).map((file) => deploymentSchema.parse(JSON.parse(readFileSync(join(assets, `v${version}`, file), "utf8")))),
  );
  for (const contract of OFFICIAL_CONTRACTS) {
    const names = [contract.name, `Gnosis${contract.name}`];
    const found = published.find((entry) => entry.version === contract.version && names.includes(entry.contractName));
    const kinds = ["canonical", "eip155"].flatMap((kind) => found?.deployments[kind] ?? []);
    expect(contract.addresses, `${contract.name} ${contract.version}`).toEqual(kinds.map(({ address }) => address));
    expect(new Set(contract.codeHashes)).toEqual(new Set(kinds.map(({ codeHash }) => codeHash)));
  }
  expect(OFFICIAL_CONTRACTS).toHaveLength(28);
});

test("the pinned proxy of 1.4.1 is the one in Safe's own build", () => {
  const artifact = z.object({ deployedBytecode: z.string() }).parse(require("@safe-global/safe-contracts/build/artifacts/contracts/proxies/SafeProxy.sol/SafeProxy.json"));
  expect(keccak256(artifact.deployedBytecode)).toBe(PROXY_CODE_HASHES["1.4.1"]);
});
