type Version = [major: number, minor: number, patch: number];

interface Comparator {
  operator: string;
  version: Version;
  /** How many of the three numbers were written: `0.8` stands for every `0.8.x`. */
  written: number;
}

const COMPARATOR = /(>=|<=|>|<|=|\^|~)?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?/g;

/**
 * Whether a compiler version lies in the range of a `pragma solidity`: comparators side by side must all hold,
 * `||` separates alternatives, `a - b` is a closed range. Source: the Solidity documentation, "Version Pragma".
 */
export function fitsVersion(version: string, range: string): boolean {
  const own = parseVersion(version);
  return range.split("||").some((alternative) => {
    const spelled = alternative.replace(/(\S+)\s+-\s+(\S+)/g, ">=$1 <=$2").replaceAll(/["']/g, "");
    return parseComparators(spelled).every((comparator) => holds(own, comparator));
  });
}

function parseVersion(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return [major, minor, patch];
}

function parseComparators(text: string): Comparator[] {
  return [...text.matchAll(COMPARATOR)].map(([, operator = "=", ...parts]) => {
    const numbers = parts.map((part) => (part === undefined || /^[xX*]$/.test(part) ? undefined : Number(part)));
    const open = numbers.indexOf(undefined);
    const [major = 0, minor = 0, patch = 0] = numbers;
    return { operator, version: [major, minor, patch], written: open === -1 ? 3 : open };
  });
}

function holds(own: Version, { operator, version, written }: Comparator): boolean {
  if (written === 0) return true;
  const order = compare(own, version);
  const below = (place: number): boolean => compare(own, next(version, place)) < 0;
  switch (operator) {
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case ">":
      return !(order < 0 || below(written - 1));
    case "<=":
      return below(written - 1);
    case "~":
      return order >= 0 && below(Math.min(1, written - 1));
    case "^": {
      const leading = version.findIndex((number) => number > 0);
      return order >= 0 && below(leading === -1 ? written - 1 : Math.min(leading, written - 1));
    }
    default:
      return order >= 0 && below(written - 1);
  }
}

function compare(left: Version, right: Version): number {
  const place = left.findIndex((number, index) => number !== right[index]);
  return place === -1 ? 0 : (left[place] ?? 0) - (right[place] ?? 0);
}

/** The first version beyond all that share the numbers up to `place`: 0.8.9 at place 1 gives 0.9.0. */
function next(version: Version, place: number): Version {
  return version.map((number, index) => (index < place ? number : index === place ? number + 1 : 0)) as Version;
}
