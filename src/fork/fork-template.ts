import { printable } from "../protocol/printable.ts";
import type { Address, Hex } from "../protocol/hex.ts";

export interface ForkTemplate {
  /** Of the chain that the fork is made on. */
  chainId: bigint;
  snapshot: { folder: string; identity: Hex; chainId: bigint; blockNumber: bigint };
  /** Undefined leaves the place of the owner open, and the file is refused until it is filled. */
  owner: Address | undefined;
}

/** A fork file that makes the snapshot's protocol anew as it is, with a comment at everything that may be otherwise. */
export function formatForkTemplate({ chainId, snapshot, owner }: ForkTemplate): string {
  const { folder, identity, blockNumber } = snapshot;
  const isSameChain = chainId === snapshot.chainId;
  return `# A fork: the protocol of a snapshot, deployed anew and loaded with every word of it, but for what is said here.
# lpctl fork plan works out what it comes to and sends nothing; lpctl fork run sends it; lpctl fork verify proves it.
schema: 1

# The chain that the fork is made on.
chainId: ${chainId}

# Block ${blockNumber} of chain ${snapshot.chainId}. The identity covers every word: another snapshot in the same folder is refused.
snapshot:
  folder: ${JSON.stringify(printable(folder))}
  identity: "${identity}"

governance:
  # Who owns the fork's Controller in the end.
  owner: ${owner === undefined ? "# 0x…" : `"${owner}"`}
  # Whether people can use the fork as soon as it is complete. Otherwise the owner opens it.
  unpause: false

# Rounds go on where they were: block forkBlock here counts as the snapshot's block. ${isSameChain ? "On the same chain nothing is shifted." : "Unless said, it is the newest block when the fork is planned,\n# so that the hash of the plan is another one in every block."}
# clock:
#   forkBlock: 1000

# What differs from the snapshot. lpctl params list has the names.
# parameters:
#   BondingManager.unbondingPeriod: 9 rounds

# How delegators with less stake than that are loaded: raw word by word, typed from packed records, chunks, which are kept
# as code and read when somebody needs them, or claims: each claims its stake, with a proof. Without below: everybody who can be.
# Of claims also: how long what is staged can be reviewed, how long it is open then, and who gets what nobody claims.
# loading:
#   method: raw
#   below: 100
#   review: 7 days
#   openFor: 365 days
#   remainderTo: 0x…

# Logic of your own behind a proxy, beside this file or in the project. It must take the words of the snapshot as they are.
# code:
#   BondingManager: contracts/Own.sol:Own

# Accounts that get nothing, each with the reason.
# excluded:
#   - account: 0x…
#     reason: Holds what was taken from the bridge.

# Accounts whose everything goes to another one, which must have nothing: a Safe that is not on this chain, say.
# moved:
#   - from: 0x…
#     to: 0x…
#     reason: The same owners, on this chain.

# Contracts with other code here that somebody made sure are the same people's, with the hash of that code.
# confirmed:
#   - account: 0x…
#     codeHash: 0x…
`;
}
