const UNIT = 10n ** 18n;

/** `12,345.67 LPT`, cut after two decimals; for lines that people watch, not for anything that is signed. */
export function formatAmount(wei: bigint, symbol: "LPT" | "ETH"): string {
  const places = symbol === "LPT" ? 2 : 6;
  const whole = (wei / UNIT).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const decimals = (wei % UNIT).toString().padStart(18, "0").slice(0, places);
  return `${whole}${symbol === "ETH" ? `.${decimals}`.replace(/\.?0+$/, "") : `.${decimals}`} ${symbol}`;
}

/** Parts per million as `12.34%`. */
export function formatPpm(ppm: bigint): string {
  return `${ppm / 10_000n}.${((ppm % 10_000n) / 100n).toString().padStart(2, "0")}%`;
}
