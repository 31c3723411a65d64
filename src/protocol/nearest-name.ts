/**
 * The candidate most like what was typed, for "did you mean". Case does not count, and a candidate that
 * merely contains the typed text is near. Undefined when nothing is near enough to be worth saying.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const typed = name.toLowerCase();
  if (typed === "") return undefined;
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = nearness(typed, candidate.toLowerCase());
    if (distance <= limitFor(typed.length) && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Distance to the whole name or to the part after its dot; containment counts as a small distance. */
function nearness(typed: string, candidate: string): number {
  const short = candidate.slice(candidate.lastIndexOf(".") + 1);
  const edit = Math.min(editDistance(typed, candidate), editDistance(typed, short));
  const contained = typed.length >= 4 && (candidate.includes(typed) || typed.includes(short));
  return contained ? Math.min(edit, 1.5) : edit;
}

function limitFor(length: number): number {
  return Math.max(2, Math.floor(length / 3));
}

/** Damerau-Levenshtein distance (optimal string alignment): insert, delete, replace, swap of neighbours. */
function editDistance(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replace = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + replace);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
