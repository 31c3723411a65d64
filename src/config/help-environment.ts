/** The raw variables that decide how help looks: the launcher has no time to load more than this. */
export function helpEnvironment(): Record<string, string | undefined> {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  return { NO_COLOR, FORCE_COLOR, TERM };
}
