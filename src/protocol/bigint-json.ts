/** For `JSON.stringify`: a bigint becomes a decimal string, because a JSON number is a float to its readers. */
export function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
