/**
 * Short names of chains as wallets write them before an address (EIP-3770), from the list at chainid.network: those that
 * Livepeer was or is on, and those whose addresses are likely to be copied by mistake.
 */
const CHAIN_IDS: Readonly<Record<string, bigint>> = {
  eth: 1n,
  rin: 4n,
  gor: 5n,
  oeth: 10n,
  bnb: 56n,
  gno: 100n,
  matic: 137n,
  pol: 137n,
  base: 8453n,
  arb1: 42161n,
  "arb-nova": 42170n,
  avax: 43114n,
  "arb-rinkeby": 421611n,
  "arb-goerli": 421613n,
  "arb-sep": 421614n,
  sep: 11155111n,
};

export function chainIdOfShortName(name: string): bigint | undefined {
  return Object.hasOwn(CHAIN_IDS, name) ? CHAIN_IDS[name] : undefined;
}

export function shortNameOfChain(chainId: bigint): string | undefined {
  return Object.entries(CHAIN_IDS).find(([, id]) => id === chainId)?.[0];
}
