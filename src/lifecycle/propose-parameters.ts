import { describeParameterChange, prepareParameters, type ParameterRequest } from "./prepare-parameter.ts";
import type { Project } from "../inspection/project.ts";
import { propose, type Proposed, type ProposeOptions } from "./propose.ts";

/** One proposal that sets one parameter or several, in the order given. */
export async function proposeParameters(
  project: Project,
  requests: readonly ParameterRequest[],
  options: ProposeOptions & { delayBlocks: bigint; delaySeconds: bigint },
): Promise<Proposed> {
  const prepared = await prepareParameters(project, requests);
  const [only, second] = prepared;
  const title =
    only !== undefined && second === undefined
      ? `Set ${only.parameter.name} to ${describeParameterChange(only).split(" -> ").at(-1) ?? ""}`
      : `Set ${prepared.map((change) => change.parameter.name).join(", ")}`;
  return propose(
    project,
    {
      title,
      intents: prepared.map(({ intent }) => intent),
      code: [],
      delayBlocks: options.delayBlocks,
      delaySeconds: options.delaySeconds,
    },
    options,
  );
}
