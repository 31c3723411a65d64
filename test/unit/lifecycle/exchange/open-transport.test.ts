import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openTransport, type TransportChoice } from "../../../../src/lifecycle/exchange/open-transport.ts";
import { refusalOf } from "../../safe/local-safe.ts";
import { SAFE } from "../../safe/transport/bundles.ts";
import { sendJson, startFakeService, type FakeService } from "../../safe/transport/fake-service.ts";

let folder = "";
let key = "";
let service: FakeService;
let other: FakeService;
beforeAll(async () => {
  [service, other] = await Promise.all([startFakeService(1n), startFakeService(1n), import("@safe-global/api-kit")]);
  folder = await mkdtemp(join(tmpdir(), "lpctl-open-transport-"));
  key = join(folder, "service.key");
});
afterAll(async () => {
  service.close();
  other.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await writeFile(key, "the-key-of-the-service\n");
  await chmod(key, 0o600);
});

const choice = (more: Partial<TransportChoice> = {}): TransportChoice => ({ with: undefined, network: "local", chainId: 1n, safeServiceUrl: service.url, safeServiceKeyFile: key, ...more });

/** The header of the first request that each service gets. */
async function keysSent(more: Partial<TransportChoice> = {}): Promise<Record<string, string | undefined>> {
  const sent: Record<string, string | undefined> = {};
  for (const [name, each] of [["service", service], ["other", other]] as const) {
    each.before = (request, response) => {
      sent[name] = request.headers.authorization ?? "none";
      sendJson(response, 451, {});
      return true;
    };
  }
  await refusalOf(async () => (await openTransport(choice(more))).pull(SAFE, 0n));
  return sent;
}

test("the API key goes to the configured service, named or not, and to no other", async () => {
  expect(await keysSent()).toEqual({ service: "Bearer the-key-of-the-service" });
  expect(await keysSent({ with: "service" })).toEqual({ service: "Bearer the-key-of-the-service" });
  expect(await keysSent({ with: service.url })).toEqual({ service: "Bearer the-key-of-the-service" });
  expect(await keysSent({ with: other.url })).toEqual({ other: "none" });
});

test("a key that others on the machine can read is not used", async () => {
  await chmod(key, 0o640);
  expect(await refusalOf(() => openTransport(choice()))).toBe("LPCTL_KEYS_TOO_OPEN");
});

test.each(["", "two words here", "line\nbreak-in-it", "short"])("a file that holds %j is no key", async (text) => {
  await writeFile(key, text);
  expect(await refusalOf(() => openTransport(choice()))).toBe("LPCTL_SERVICE_KEY_MALFORMED");
});

test.each<[wanted: string | undefined, name: string]>([
  ["../signatures", "the folder ../signatures"],
  ["all.safe.json", "the file all.safe.json"],
  [tmpdir(), `the folder ${tmpdir()}`],
])("--with %s is %s", async (wanted, name) => {
  expect((await openTransport(choice({ with: wanted }))).name).toBe(name);
});

test("says where to configure a service that is not there", async () => {
  expect(await refusalOf(() => openTransport(choice({ safeServiceUrl: undefined })))).toBe("LPCTL_TRANSPORT_NONE");
});
