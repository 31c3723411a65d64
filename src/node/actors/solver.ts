import { callTo, type Actor, type ActorCall, type Move } from "./actor.ts";
import { readClaim } from "./claim.ts";
import { transcode, verdictHash } from "./stream.ts";
import { hashOf, isTrue, textOf, uintOf } from "./values.ts";
import { tryReading } from "./try-reading.ts";
import type { Address, Hex } from "../../protocol/hex.ts";

interface Request {
  verifier: Address;
  requestId: bigint;
  answer: Hex;
}

/** Recomputes every segment that the LivepeerVerifier asks about, and answers with the hash of what it found. */
export function solver({ name, address }: { name: string; address: Address }): Actor {
  const open = new Map<string, Request>();

  return {
    name,
    role: "solver",
    address,
    act: async (turn): Promise<Move> => {
      for (const { name: event, contract, args } of turn.events) {
        if (event === "VerifyRequest") {
          const [requestId, dataHash] = [uintOf(args, "requestId"), hashOf(args, "dataHash")];
          const answer = verdictHash(dataHash, transcode(dataHash, textOf(args, "transcodingOptions")));
          open.set(`${contract}/${requestId}`, { verifier: contract, requestId, answer });
        } else if (event === "Callback") {
          open.delete(`${contract}/${uintOf(args, "requestId")}`);
        }
      }
      if (open.size === 0) return { calls: [] };
      if (turn.paused) return { calls: [], waiting: "the protocol is paused" };
      const verifier = turn.contract("Verifier");
      const appointed = await tryReading(turn.read(verifier, "function isSolver(address) view returns (bool)", [address]));
      if (appointed === undefined || !isTrue(appointed, 0)) return { calls: [], waiting: `the Verifier ${verifier} does not take its answers` };

      const calls = await Promise.all(
        [...open].map(async ([key, request]): Promise<ActorCall | undefined> => {
          if (request.verifier !== verifier || !(await isAwaited(request))) {
            open.delete(key);
            return undefined;
          }
          const { requestId, answer } = request;
          return callTo(verifier, "function __callback(uint256 requestId, bytes32 result)", [requestId, answer], `answers request ${requestId}`);
        }),
      );
      return { calls: calls.filter((call) => call !== undefined) };

      /** Not when it is answered, nor when the claim was settled otherwise meanwhile. */
      async function isAwaited({ requestId }: Request): Promise<boolean> {
        const asked = await turn.read(verifier, "function requests(uint256) view returns (uint256 jobId, uint256 claimId, uint256 segmentNumber, bytes32 commitHash)", [requestId]);
        if (BigInt(hashOf(asked, "commitHash")) === 0n) return false;
        const claim = await readClaim(turn, uintOf(asked, "jobId"), uintOf(asked, "claimId"));
        return claim?.status === "pending";
      }
    },
  };
}
