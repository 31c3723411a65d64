import { keccak256 } from "ethers/crypto";
import { z } from "zod";
import { OFFICIAL_CONTRACTS } from "../../safe/safe-contracts.ts";
import type { Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import type { RelayContext } from "../context.ts";
import type { Route } from "../http/router.ts";

/** Who answers, for which chain, and which of Safe's contracts stand there. */
export function aboutRoutes(context: RelayContext): Route[] {
  return [
    { method: "GET", path: "/v1/about/", handle: () => ({ status: 200, body: about(context) }) },
    { method: "GET", path: "/v1/about/ethereum-rpc/", handle: async () => ({ status: 200, body: await aboutRpc(context) }) },
    { method: "GET", path: "/v1/about/singletons/", handle: async () => ({ status: 200, body: await singletons(context) }) },
  ];
}

function about({ version }: RelayContext): Record<string, unknown> {
  return {
    name: "lpctl relay",
    version,
    api_version: "v1",
    secure: false,
    host: null,
    headers: [],
    // The members that clients declare; the address of the chain's node may hold a key and is not told.
    settings: {
      AWS_CONFIGURED: false,
      AWS_S3_CUSTOM_DOMAIN: null,
      ETHEREUM_NODE_URL: null,
      ETHEREUM_TRACING_NODE_URL: null,
      ETH_INTERNAL_TXS_BLOCK_PROCESS_LIMIT: null,
      ETH_INTERNAL_NO_FILTER: false,
      ETH_REORG_BLOCKS: 0,
      TOKENS_LOGO_BASE_URI: null,
      TOKENS_LOGO_EXTENSION: null,
    },
  };
}

async function aboutRpc({ chain, chainId }: RelayContext): Promise<Record<string, unknown>> {
  const [head, client] = await Promise.all([chain.head(), chain.rpc.request("web3_clientVersion", [], z.string()).catch(() => "unknown")]);
  return { version: printable(client), block_number: Number(head.number), chain_id: Number(chainId), chain: String(chainId), syncing: false };
}

async function singletons({ chain, chainStore }: RelayContext): Promise<Record<string, unknown>[]> {
  const head = await chain.head();
  const known = OFFICIAL_CONTRACTS.filter(({ name }) => name === "Safe" || name === "SafeL2").flatMap((contract) => contract.addresses.map((address) => ({ ...contract, address })));
  const codes = await Promise.all(known.map(({ address }) => chain.rpc.code(address, head.number)));
  return known.flatMap(({ name, version, address, codeHashes }, index) => {
    const stands = codeHashes.includes(keccak256(codes[index] ?? "0x") as Hex);
    const l2 = name === "SafeL2";
    return stands ? [{ address, version: `${version}${l2 ? "+L2" : ""}`, deployer: "Safe", deployedBlockNumber: 0, lastIndexedBlockNumber: chainStore.lastCheckpoint()?.number ?? 0, l2 }] : [];
  });
}
