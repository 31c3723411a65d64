/** The package's own types are not reachable through its `exports`. What it answers is parsed before it is believed. */
declare module "evmole" {
  export function contractInfo(runtimeCode: string, wanted: { selectors?: boolean; storage?: boolean }): unknown;
}
