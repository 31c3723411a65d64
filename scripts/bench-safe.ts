/**
 * Measures work on Safe transactions in processor time and prints one JSON document.
 * `signatures`: a file with 1,000 signatures is read and its union with one that has half of them is written: as many signers
 * recovered as there are signatures, compared, sorted, encoded. Beside it protocol-kit adding and encoding the same, which checks
 * nothing, and the recoveries alone, which nobody can leave out who checks.
 * `node scripts/bench-safe.ts [--case signatures] [--count N] [--rounds N]`
 */
import { parseArgs } from "node:util";
import { SigningKey } from "ethers/crypto";
import { id } from "ethers/hash";
import { recoverAddress } from "ethers/transaction";
import { toBeHex } from "ethers/utils";
import type { Address, Hex } from "../src/protocol/hex.ts";
import { createBundle, formatBundle, mergeBundles, parseBundle } from "../src/safe/bundle.ts";
import type { SafeBundle } from "../src/safe/bundle.ts";
import { officialContract, PROXY_CODE_HASHES } from "../src/safe/safe-contracts.ts";
import { encodeSignatures } from "../src/safe/signature.ts";
import { safeTransaction } from "../src/safe/transaction.ts";

const SAFE: Address = "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67";
/** What checking costs beyond the recoveries that it cannot do without. */
const LIMIT_RATIO_TO_RECOVERIES = 1.5;

const { values } = parseArgs({ options: { case: { type: "string", default: "signatures" }, count: { type: "string", default: "1000" }, rounds: { type: "string", default: "5" } } });
const [count, rounds] = [Number(values.count), Number(values.rounds)];
if (values.case !== "signatures") throw new Error("--case is signatures");

const { EthSafeSignature, EthSafeTransaction, buildSignatureBytes } = await import("@safe-global/protocol-kit");
const full = signedBundle();
const half: SafeBundle = { ...full, signatures: full.signatures.filter((_, index) => index % 2 === 0) };
const text = formatBundle(full);
const ours: number[] = [];
const kits: number[] = [];
const bare: number[] = [];
// The first round only warms up; the three take turns, so that the machine's load meets all alike.
for (let round = 0; round <= rounds; round += 1) {
  const times = [measure(importFile), measure(addWithKit), measure(recoverOnly)] as const;
  if (round === 0) continue;
  ours.push(times[0]);
  kits.push(times[1]);
  bare.push(times[2]);
}
const ratio = median(ours.map((each, index) => each / (bare[index] ?? 1)));
console.log(
  JSON.stringify(
    {
      schema: 1,
      node: process.version,
      case: "signatures",
      count,
      importCpuMilliseconds: rounded(median(ours)),
      recoveriesCpuMilliseconds: rounded(median(bare)),
      protocolKitCpuMilliseconds: rounded(median(kits)),
      ratioToRecoveries: rounded(ratio),
      ratioToProtocolKit: rounded(median(ours.map((each, index) => each / (kits[index] ?? 1)))),
      limitRatioToRecoveries: LIMIT_RATIO_TO_RECOVERIES,
      withinLimit: ratio < LIMIT_RATIO_TO_RECOVERIES,
    },
    null,
    2,
  ),
);
if (ratio >= LIMIT_RATIO_TO_RECOVERIES) process.exitCode = 1;

function signedBundle(): SafeBundle {
  const [singletonCodeHash] = officialContract("SafeL2", "1.4.1").codeHashes;
  const transaction = safeTransaction({ to: SAFE, valueWei: 1n, data: "0x", operation: 0, nonce: 1n });
  const bundle = createBundle({ chainId: 1n, safe: { address: SAFE, version: "1.4.1", singletonCodeHash: singletonCodeHash as Hex, proxyCodeHash: PROXY_CODE_HASHES["1.4.1"] }, proposalId: null, transaction });
  const signatures = Array.from({ length: count }, (_, index) => {
    const key = new SigningKey(id(`bench ${index}`));
    const { r, s, v } = key.sign(bundle.hashes.safeTxHash);
    return { owner: recoverAddress(bundle.hashes.safeTxHash, { r, s, v }) as Address, kind: "eip712" as const, data: `${r}${s.slice(2)}${toBeHex(v, 1).slice(2)}` as Hex };
  });
  return mergeBundles({ ...bundle, signatures }, bundle);
}

function importFile(): void {
  const merged = mergeBundles(half, parseBundle(text));
  formatBundle(merged);
  if (encodeSignatures(merged.signatures).length !== 2 + count * 130) throw new Error("signatures are missing");
}

function addWithKit(): void {
  const { transaction, signatures } = full;
  const kit = new EthSafeTransaction({ ...transaction, value: "1", safeTxGas: "0", baseGas: "0", gasPrice: "0", nonce: 1 });
  for (const { owner, data } of signatures) kit.addSignature(new EthSafeSignature(owner, data));
  if (buildSignatureBytes([...kit.signatures.values()]).length !== 2 + count * 130) throw new Error("signatures are missing");
}

function recoverOnly(): void {
  for (const { data } of full.signatures) recoverAddress(full.hashes.safeTxHash, data);
}

/** Processor milliseconds of this process. */
function measure(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
