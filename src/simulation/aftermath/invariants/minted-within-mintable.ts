import type { Invariant } from "../invariant.ts";

export const mintedWithinMintable: Invariant = {
  name: "minted-within-mintable",
  explains: "The rewards of a round are parts of what inflation sets aside for it, and never more than that.",
  breaks: "refuse",
  judge: ({ minting: { currentMintedTokens: minted, currentMintableTokens: mintable } }) =>
    minted === undefined || mintable === undefined ? undefined : { holds: minted <= mintable, detail: `${minted} minted of ${mintable} in this round` },
};
