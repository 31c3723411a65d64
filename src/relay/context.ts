import type { ChainReader } from "./chain-reader.ts";
import type { RelayLimits } from "./http/limits.ts";
import type { ChainStore } from "./store/chain-store.ts";
import type { Database } from "./store/database.ts";
import type { DelegateStore } from "./store/delegate-store.ts";
import type { MessageStore } from "./store/message-store.ts";
import type { TransactionStore } from "./store/transaction-store.ts";
import type { Watcher } from "./watcher.ts";

/** Everything a resource of the API may need. */
export interface RelayContext {
  chainId: bigint;
  chain: ChainReader;
  database: Database;
  transactions: TransactionStore;
  delegates: DelegateStore;
  messages: MessageStore;
  chainStore: ChainStore;
  watcher: Watcher;
  limits: RelayLimits;
  /** Refuse proposals whose code runs inside the Safe, unless it is a library that Safe released. */
  officialDelegatecallsOnly: boolean;
  /** Of lpctl. */
  version: string;
  nowMs(): number;
  /** Told what was stored, one printable line. */
  onEvent(line: string): void;
}
