import { EventFragment, Interface } from "ethers/abi";
import type { Log } from "../../chain/rpc.ts";
import { bondingManagerCurrentAbi } from "../../protocol/abi/bonding.ts";
import { controllerAbi, managerAbi } from "../../protocol/abi/controller.ts";
import { jobsManagerAbi, verifierAbi } from "../../protocol/abi/jobs.ts";
import { livepeerGovernorAbi } from "../../protocol/abi/livepeer-governor.ts";
import { minterCurrentAbi } from "../../protocol/abi/minter.ts";
import { pollAbi, pollCreatorAbi } from "../../protocol/abi/polls.ts";
import { roundsManagerCurrentAbi } from "../../protocol/abi/rounds.ts";
import { ticketBrokerAbi } from "../../protocol/abi/ticket-broker.ts";
import type { ProtocolEvent } from "../actors/actor.ts";

const abi = new Interface([]);
let known: Map<string, EventFragment> | undefined;

/** The logs that are events of the suite, decoded, in chain order. Others are left out. */
export function decodeEvents(logs: readonly Log[]): ProtocolEvent[] {
  known ??= fragments();
  const events: ProtocolEvent[] = [];
  for (const { address, topics, data, blockNumber, logIndex } of logs) {
    const fragment = known.get(`${topics[0] ?? ""}/${topics.length}`);
    if (fragment === undefined) continue;
    try {
      const args = abi.decodeEventLog(fragment, data, topics);
      // ethers defers decoding errors to the moment a value is touched.
      args.toArray(true);
      events.push({ name: fragment.name, contract: address, args, block: blockNumber, index: logIndex });
    } catch {
      // Another contract's event of the same name and types, with other parts indexed.
    }
  }
  return events.sort((a, b) => Number(a.block - b.block) || Number(a.index - b.index));
}

/** By topic and number of topics: two suites may differ in what is indexed. */
function fragments(): Map<string, EventFragment> {
  const abis = [bondingManagerCurrentAbi, controllerAbi, managerAbi, jobsManagerAbi, verifierAbi, minterCurrentAbi, roundsManagerCurrentAbi, ticketBrokerAbi, livepeerGovernorAbi, pollCreatorAbi, pollAbi];
  const byTopic = new Map<string, EventFragment>();
  for (const line of [...abis.flat(), LAUNCH_TERMS]) {
    if (!line.startsWith("event ")) continue;
    const fragment = EventFragment.from(line);
    byTopic.set(`${fragment.topicHash}/${1 + fragment.inputs.filter(({ indexed }) => indexed).length}`, fragment);
  }
  return byTopic;
}

/** Beside the current one, where a price per segment is set. */
const LAUNCH_TERMS = "event TranscoderUpdate(address indexed transcoder, uint256 pendingRewardCut, uint256 pendingFeeShare, uint256 pendingPricePerSegment, bool registered)";
