import { ZERO_ADDRESS, type Address } from "../protocol/hex.ts";
import { GRANT_BUCKETS, type GrantBucket } from "./genesis-file.ts";
import type { GenesisFindings } from "./genesis-findings.ts";
import type { ParsedGenesis } from "./parse-genesis-file.ts";

/** Addresses up to here are precompiled contracts, or kept for them. */
const LAST_RESERVED = 0xffffn;

export interface NamedAddress {
  address: Address;
  keyPath: PropertyKey[];
  /** `receiver 3 of team` */
  what: string;
}

/** Every receiver of a grant, in the order of the file. */
export function receiversOf({ file }: ParsedGenesis): (NamedAddress & { bucket: GrantBucket })[] {
  return GRANT_BUCKETS.flatMap((bucket) =>
    file.grants[bucket].map(({ receiver }, index) => ({
      address: receiver,
      bucket,
      keyPath: ["grants", bucket, index, "receiver"],
      what: `Receiver ${index + 1} of ${bucket}`,
    })),
  );
}

/** The two multisigs. */
export function multisigsOf({ file }: ParsedGenesis): NamedAddress[] {
  return [
    { address: file.bankMultisig, keyPath: ["bankMultisig"], what: "The bank multisig" },
    { address: file.governanceMultisig, keyPath: ["governance", "multisig"], what: "The governance multisig" },
  ];
}

/** What an address alone says: checksums, nobody's addresses, and the same one twice. */
export function checkGenesisReceivers(parsed: ParsedGenesis, findings: GenesisFindings): void {
  const receivers = receiversOf(parsed);
  const multisigs = multisigsOf(parsed);
  for (const named of [...receivers, ...multisigs]) checkAddress(named, parsed, findings);
  checkWithoutChecksum([...receivers, ...multisigs], parsed, findings);

  const seen = new Map<Address, (typeof receivers)[number]>();
  for (const receiver of receivers) {
    const first = seen.get(receiver.address);
    if (first === undefined) {
      seen.set(receiver.address, receiver);
      continue;
    }
    const { line } = parsed.placeOf(first.keyPath);
    // Vesting and timelocks are kept apart in the contract, so one of each is possible: the genesis of 2018 had it.
    const bothPossible = (first.bucket === "community") !== (receiver.bucket === "community");
    findings.add(
      bothPossible ? "warning" : "refuse",
      "genesis-duplicate-receiver",
      receiver.keyPath,
      `${receiver.what}, ${receiver.address}, is also ${decapitalise(first.what)} (line ${line}).`,
      bothPossible ? "Both are possible; is it meant?" : "An address can hold one vesting grant, and one timelock: the contract would revert.",
    );
  }
  for (const { address, keyPath, what } of receivers) {
    const multisig = multisigs.find((candidate) => candidate.address === address);
    if (multisig !== undefined) findings.add("warning", "genesis-receiver-is-multisig", keyPath, `${what} is ${decapitalise(multisig.what)}.`);
  }
  if (parsed.file.bankMultisig === parsed.file.governanceMultisig) {
    findings.add("info", "genesis-one-multisig", ["governance", "multisig"], "One multisig is both the bank and the owner of the Controller.");
  }
}

function checkAddress({ address, keyPath, what }: NamedAddress, parsed: ParsedGenesis, findings: GenesisFindings): void {
  const typed = parsed.textOf(keyPath).trim();
  if (address === ZERO_ADDRESS) findings.add("refuse", "genesis-zero-address", keyPath, `${what} is the zero address.`);
  else if (BigInt(address) <= LAST_RESERVED) findings.add("refuse", "genesis-precompile", keyPath, `${what}, ${address}, is kept for precompiled contracts: nobody has its key.`);
  if (hasChecksum(typed) && typed !== address) {
    findings.add("refuse", "genesis-checksum", keyPath, `The EIP-55 checksum of ${typed} is wrong: a character was changed.`, "Copy the address again from its source; do not correct it by hand.");
  }
}

function checkWithoutChecksum(all: readonly NamedAddress[], parsed: ParsedGenesis, findings: GenesisFindings): void {
  const without = all.filter(({ keyPath, address }) => !hasChecksum(parsed.textOf(keyPath).trim()) && address.toLowerCase() !== address);
  const [first] = without;
  if (first === undefined) return;
  findings.add(
    "warning",
    "genesis-no-checksum",
    first.keyPath,
    `${without.length} of ${all.length} addresses are written without a checksum, so that a changed character would not be noticed.`,
    `The first: ${decapitalise(first.what)}.`,
  );
}

/** Mixed case is a checksum; digits alone have no case. */
function hasChecksum(typed: string): boolean {
  const digits = typed.slice(2);
  return digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
}

function decapitalise(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
