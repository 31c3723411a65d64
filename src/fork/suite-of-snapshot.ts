import { Exit, LpctlError } from "../errors.ts";
import type { Profile } from "../protocol/profiles.ts";
import { targetIdName } from "../protocol/contract-id.ts";
import type { ContractView, StateView } from "../snapshot/view/state-view.ts";

/** How a contract of the suite comes to its words on a fork. */
export type Loading =
  /** Behind a proxy: by a temporary target, word for word. */
  | "slots"
  /** Not behind a proxy: created with its words. */
  | "created"
  /** Created by its constructor and calls; what differs then is declared. */
  | "constructed"
  /** The token: minted to every holder. */
  | "minted";

export interface SuiteMember {
  name: string;
  loading: Loading;
}

/** Contracts of a profile that a fork makes anew, by the name they are registered under. */
const MEMBERS: Readonly<Record<Profile, readonly SuiteMember[]>> = {
  launch: [
    { name: "LivepeerToken", loading: "minted" },
    { name: "Minter", loading: "created" },
    { name: "Verifier", loading: "created" },
    { name: "BondingManager", loading: "slots" },
    { name: "JobsManager", loading: "slots" },
    { name: "RoundsManager", loading: "slots" },
    { name: "ServiceRegistry", loading: "slots" },
  ],
  current: [
    { name: "LivepeerToken", loading: "minted" },
    { name: "Minter", loading: "created" },
    { name: "BondingVotes", loading: "slots" },
    { name: "Treasury", loading: "constructed" },
    { name: "BondingManager", loading: "slots" },
    { name: "TicketBroker", loading: "slots" },
    { name: "RoundsManager", loading: "slots" },
    { name: "ServiceRegistry", loading: "slots" },
    { name: "PollCreator", loading: "constructed" },
    { name: "MerkleSnapshot", loading: "created" },
    { name: "LivepeerGovernor", loading: "slots" },
  ],
};

/** A contract of the snapshot's suite, and how the fork makes it. */
export interface ForkedContract extends SuiteMember {
  view: ContractView;
}

export interface SnapshotSuite {
  profile: Profile;
  members: readonly ForkedContract[];
  /** Contracts of the snapshot that the fork does not make: polls, Safes, what a genesis left. */
  left: readonly { name: string; address: string }[];
}

/** Which of the suites a snapshot is of. */
export function profileOf(view: StateView): Profile {
  return view.find("TicketBroker") !== undefined || view.find("BondingVotes") !== undefined ? "current" : "launch";
}

/**
 * What a fork is made of.
 * @throws LPCTL_FORK_SNAPSHOT_INCOMPLETE where the snapshot lacks a contract, or nothing explains its words
 */
export function suiteOf(view: StateView): SnapshotSuite {
  const profile = profileOf(view);
  const members = MEMBERS[profile].map(({ name, loading }): ForkedContract => {
    const contract = view.find(name);
    if (contract === undefined) throw incomplete(name, profile);
    return { name, loading, view: contract };
  });
  const made = new Set(["Controller", ...members.flatMap(({ name }) => [name, targetIdName(name)])]);
  const left = view.state.contracts.filter(({ name }) => !made.has(name)).map(({ name, address }) => ({ name, address }));
  return { profile, members, left };
}

function incomplete(name: string, profile: Profile): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_SNAPSHOT_INCOMPLETE",
    exit: Exit.refused,
    message: `The snapshot has no ${name} whose storage is explained, and the profile ${profile} needs one`,
    why: "a fork is made of every contract of the protocol, by the layout of its storage",
    next: "lpctl snapshot show FOLDER says what it has; take another with lpctl snapshot take",
    details: { contract: name, profile },
  });
}
