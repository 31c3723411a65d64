/**
 * The values at some ranks of a list in order, without putting all of it in order: what is asked for of ten thousand paths is five
 * of them. Moves the values around.
 * @param ranks ascending, within the list
 */
export function selectRanks(values: Float64Array, ranks: readonly number[]): number[] {
  let from = 0;
  return ranks.map((rank) => {
    select(values, from, values.length - 1, rank);
    // Everything after the rank is not below it: the next rank is looked for there.
    from = rank;
    return values[rank] ?? 0;
  });
}

/** Hoare's selection between two ends, with the middle of three as pivot: no chance, the same on every machine. */
function select(values: Float64Array, first: number, last: number, rank: number): void {
  let [low, high] = [first, last];
  while (low < high) {
    const pivot = middleOf(values[low] ?? 0, values[(low + high) >>> 1] ?? 0, values[high] ?? 0);
    let [left, right] = [low, high];
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left += 1;
      while ((values[right] ?? 0) > pivot) right -= 1;
      if (left > right) break;
      const kept = values[left] ?? 0;
      values[left] = values[right] ?? 0;
      values[right] = kept;
      left += 1;
      right -= 1;
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else return;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
