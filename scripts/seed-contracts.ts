import { compileUnits } from "../src/solidity/compile.ts";
import { suiteTargets } from "../src/node/deploy-suite.ts";

/** Fills the compile cache that ships with lpctl, so that the first rehearsal does not wait for solc. */
export async function seedContracts({ root, folder }: { root: string; folder: string }): Promise<void> {
  await compileUnits({ root, targets: suiteTargets(), cacheFolders: [folder] });
}
