import type { Attack } from "./attack.ts";
import { bybit } from "./bybit.ts";
import { fallbackHandler } from "./fallback-handler.ts";
import { labels } from "./labels.ts";
import { lyingRpc } from "./lying-rpc.ts";
import { lyingService } from "./lying-service.ts";
import { maliciousGuard } from "./malicious-guard.ts";
import { nonceSwap } from "./nonce-swap.ts";
import { otherChain } from "./other-chain.ts";
import { radiant } from "./radiant.ts";
import { refundDrain } from "./refund-drain.ts";
import { staleBundle } from "./stale-bundle.ts";

/** Every attack, one file each, in the order of the table. */
export const ATTACKS: readonly Attack[] = [bybit, radiant, nonceSwap, refundDrain, fallbackHandler, maliciousGuard, lyingService, lyingRpc, staleBundle, otherChain, labels];
