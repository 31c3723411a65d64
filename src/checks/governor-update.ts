import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";

/** What a LIP-25 Governor takes without looking. */
export const governorUpdate: Check = {
  name: "governor-update",
  codes: ["update-lists-unequal", "update-target-without-code", "update-staged-already"],
  explains:
    "The LIP-25 Governor compares nothing: with lists of unequal length an update reverts when it is executed, or drops " +
    "what is too long; a call to an address without code counts as done; and the same calls staged twice under two nonces " +
    "run twice, the second time whenever anybody likes. None of it shows before the delay has passed. On Ethereum and " +
    "Arbitrum Livepeer's updates were all made by hand with nonce 0.",
  find: (_proposal, _simulation, { updates }) =>
    updates.flatMap(({ governor, isOwn, lengths, withoutCode, stagedNonces }): Finding[] => {
      const { target, value, data } = lengths;
      const what = isOwn ? "The update" : `An update that a call stages at ${governor}`;
      return [
        ...(target === value && target === data
          ? []
          : [{ severity: "refuse" as const, code: "update-lists-unequal", title: `${what} has lists of different lengths`, detail: `${target} targets, ${value} values, ${data} calldatas` }]),
        ...withoutCode.map((address) => ({
          severity: "refuse" as const,
          code: "update-target-without-code",
          title: `${what} calls an address without code, which would count as done`,
          detail: address,
        })),
        ...(stagedNonces.length === 0
          ? []
          : [
              {
                severity: "warning" as const,
                code: "update-staged-already",
                title: `${what} makes the same calls as one that is staged already: anybody may execute both`,
                detail: `staged at ${governor} under nonce ${stagedNonces.join(", ")}`,
              },
            ]),
      ];
    }),
};
