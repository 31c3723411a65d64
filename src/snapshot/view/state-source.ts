import type { Address } from "../../protocol/hex.ts";
import type { ProtocolState, WordSource } from "../state.ts";
import { WordIndex } from "./word-index.ts";

/** A state at hand, as a source of words. A contract that it does not have is empty. */
export function stateSource({ contracts }: Pick<ProtocolState, "contracts">): WordSource {
  const indexes = new Map<Address, WordIndex>();
  return {
    readWords: (address, slots) => {
      let index = indexes.get(address);
      const words = contracts.find((contract) => contract.address === address)?.words;
      if (words === undefined) return Promise.resolve(new Uint8Array(slots.length));
      if (index === undefined) indexes.set(address, (index = new WordIndex(words)));
      return Promise.resolve(index.words(slots));
    },
  };
}
