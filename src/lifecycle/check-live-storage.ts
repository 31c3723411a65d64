import { LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Project } from "../inspection/project.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { compareCodeWithLayout } from "../simulation/live-storage/code-against-layout.ts";
import { judgeLayoutFindings } from "../simulation/live-storage/judge-layout-findings.ts";
import { readLiveStorage } from "../simulation/live-storage/live-storage.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import { layoutOfUnit } from "../solidity/layout-of-unit.ts";

export interface LiveStorageQuestion {
  contract: string;
  proxy: Address;
  /** Where the code lies that runs now. */
  implementation: Address;
  from: CompiledUnit;
  to: CompiledUnit;
  /** What comparing the two layouts found. */
  findings: readonly Finding[];
}

/** How far back keys of mappings are looked for in events, the first range that the provider answers. */
const LOOK_BACK_BLOCKS = [100_000n, 10_000n, 1_000n];
const MOST_KEYS = 500;

/**
 * The findings on layouts, made real or cleared by what lies on chain, and those on the storage itself; with the code that
 * runs as a second witness of its layout.
 */
export async function checkLiveStorage(project: Project, question: LiveStorageQuestion): Promise<Finding[]> {
  const { rpc } = project;
  const { contract, proxy, implementation } = question;
  const [before, after] = [layoutOfUnit(question.from), layoutOfUnit(question.to)];
  const live = await readLiveStorage({
    rpc,
    proxy,
    contract,
    before,
    after,
    keys: () => readEventWords(project, proxy),
    names: { addressName: () => undefined, keyNames: new Map() },
  });
  const judged = await judgeLayoutFindings(question.findings, { before, after, word: live.word });
  const witnessed = await compareCodeWithLayout(contract, implementation, await rpc.code(implementation), before);
  return [...judged, ...live.findings, ...witnessed];
}

/** Words of the newest events of a contract: what its mappings are keyed by is mostly told there. */
async function readEventWords({ rpc }: Project, address: Address): Promise<Hex[]> {
  const toBlock = await rpc.blockNumber();
  for (const blocks of LOOK_BACK_BLOCKS) {
    try {
      const logs = await rpc.logs({ address, fromBlock: toBlock > blocks ? toBlock - blocks : 0n, toBlock });
      const words = new Set<Hex>();
      for (const { topics, data } of logs.toReversed()) {
        for (const topic of topics.slice(1)) words.add(topic);
        for (let at = 2; at + 64 <= data.length && words.size < MOST_KEYS; at += 64) words.add(`0x${data.slice(at, at + 64)}`);
        if (words.size >= MOST_KEYS) break;
      }
      return [...words];
    } catch (error) {
      // Too many blocks or too many logs for this provider: fewer will do.
      if (!(error instanceof LpctlError) || (error.code !== "LPCTL_RPC_ERROR" && error.code !== "LPCTL_RPC_TIMEOUT")) throw error;
    }
  }
  return [];
}
