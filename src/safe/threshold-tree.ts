/** Something that acts when `threshold` of its members do. Members are keys or names of other groups. */
export interface Group {
  threshold: number;
  members: readonly string[];
}

/**
 * Everything that acts when these keys do, the keys included. Built up from below, so groups that are members of each
 * other do not lift themselves: an approval is a transaction, and the first one needs somebody outside the circle.
 */
export function actingWith(groups: ReadonlyMap<string, Group>, keys: Iterable<string>): Set<string> {
  const acting = new Set(keys);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [name, { threshold, members }] of groups) {
      if (acting.has(name) || members.filter((member) => acting.has(member)).length < threshold) continue;
      acting.add(name);
      grown = true;
    }
  }
  return acting;
}
