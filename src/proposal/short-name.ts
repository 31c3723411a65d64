/** What people type for a proposal: `1` for `001-upgrade-jobsmanager`. */
export function shortName(name: string): string {
  const number = Number.parseInt(name, 10);
  return Number.isNaN(number) ? name : String(number);
}
