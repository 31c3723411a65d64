import { LOADER } from "../src/fork/prepare-fork.ts";
import { suiteTargets } from "../src/node/deploy-suite.ts";
import { HISTORIC } from "../src/protocol/suite.ts";
import { compileUnits } from "../src/solidity/compile.ts";

/** Fills the compile cache that ships with lpctl, so that no rehearsal and no fork waits for solc. */
export async function seedContracts({ root, folder }: { root: string; folder: string }): Promise<void> {
  const historic = HISTORIC.map(({ name, source }) => ({ source, contract: name }));
  await compileUnits({ root, targets: [...suiteTargets(), ...historic, LOADER], cacheFolders: [folder] });
}
