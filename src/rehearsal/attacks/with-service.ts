import { syncBundles } from "../../lifecycle/exchange/sync-bundles.ts";
import { startHostileService, type HostileService } from "./hostile-service.ts";
import type { Scene } from "./scene.ts";

/** A service that was honest when the proposal went to it. */
export async function withService<T>(scene: Scene, work: (service: HostileService) => Promise<T>): Promise<T> {
  const service = await startHostileService(scene);
  try {
    await syncBundles(scene.project, service.transport);
    return await work(service);
  } finally {
    await service.stop();
  }
}
