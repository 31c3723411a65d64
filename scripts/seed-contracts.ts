/** Fills the compile cache that ships with lpctl, so that the first rehearsal does not wait for solc. */
export async function seedContracts(_options: { root: string; folder: string }): Promise<void> {
  // Filled in with the contract targets once the compiler is in place.
}
