import type { Invariant } from "../invariant.ts";

export const minterMayMint: Invariant = {
  name: "minter-may-mint",
  explains: "The registered Minter is the one that may create tokens. Without the right every reward fails; with it elsewhere somebody else makes tokens.",
  breaks: "refuse",
  judge: ({ mayMint, protocol }) =>
    mayMint === undefined ? undefined : { holds: mayMint, detail: mayMint ? `${protocol.minter} may mint` : `${protocol.minter} is registered as Minter and may not mint` },
};
