import { pinRpc } from "../chain/pin-rpc.ts";
import type { Project } from "../inspection/project.ts";

/** The project on the block that is the latest now: for work that only reads, and reads much of it more than once. */
export async function atOneBlock(project: Project): Promise<Project> {
  const { rpc, block } = await pinRpc(project.rpc);
  return { ...project, rpc, block };
}
