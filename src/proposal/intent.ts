import { z } from "zod";
import { hash32Schema, hexSchema } from "../protocol/hex.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { textSchema } from "../protocol/text-schema.ts";
import { callSchema } from "./call.ts";
import { safeChangeSchema } from "./safe-change.ts";

const gitCommitHashSchema = hexSchema.refine((hex) => hex.length === 42, "not a 20-byte git commit hash");

/** How a proxy finds its code, and therefore which call changes it. */
const proxySchema = z.discriminatedUnion("kind", [
  /** Livepeer: the proxy asks `controller.getContract(targetId)` on every call. */
  z.strictObject({
    kind: z.literal("controller-registry"),
    address: addressSchema,
    controller: addressSchema,
    targetId: hash32Schema,
  }),
  /** ERC-1967 transparent proxy, upgraded by its ProxyAdmin. */
  z.strictObject({ kind: z.literal("transparent"), address: addressSchema, admin: addressSchema }),
  /** ERC-1822 / ERC-1967: the logic upgrades itself through the proxy. */
  z.strictObject({ kind: z.literal("uups"), address: addressSchema }),
  /** ERC-1967 beacon: every proxy of the beacon changes at once. */
  z.strictObject({ kind: z.literal("beacon"), address: addressSchema, beacon: addressSchema }),
]);
export type Proxy = z.infer<typeof proxySchema>;

/**
 * What a person wants, declarative and self-contained: calls and conditions follow from an intent alone,
 * so anyone can derive them again without asking a chain.
 */
export const intentSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("upgrade"),
    /** The registered name, e.g. `JobsManager`, or the proxy's address where there is no registry. */
    contract: textSchema,
    proxy: proxySchema,
    implementation: addressSchema,
    /** keccak-256 of the runtime code that must stand at `implementation`. */
    implementationCodeHash: hash32Schema,
    /** Recorded in the Controller's registry; 20 zero bytes where the proxy records none. */
    gitCommitHash: gitCommitHashSchema,
    /** Calldata run on the proxy in the same transaction (ERC-1967 only); `0x` for none. */
    initializer: hexSchema,
  }),
  z.strictObject({
    kind: z.literal("set-parameter"),
    /** Catalogue id, e.g. `JobsManager.verificationRate`. */
    parameter: textSchema,
    target: addressSchema,
    /** Human-readable ABI of the function that tells the value as soon as it is set, and its arguments. */
    getter: textSchema,
    getterArgs: z.array(textSchema),
    setter: textSchema,
    /** Arguments of the setter before the value: `setLIPUpgradeRound(uint256 lip, uint256 round)` has one. */
    setterArgs: z.array(textSchema),
    /** The raw value as the contract stores it: a decimal integer, or text for string parameters. */
    value: textSchema,
  }),
  z.strictObject({
    kind: z.literal("transfer-ownership"),
    contract: textSchema,
    target: addressSchema,
    newOwner: addressSchema,
  }),
  /** A role of OpenZeppelin's AccessControl, given to one account or taken from it. */
  z.strictObject({
    kind: z.enum(["grant-role", "revoke-role"]),
    contract: textSchema,
    target: addressSchema,
    role: hash32Schema,
    /** `PROPOSER_ROLE`, for people; the id decides. */
    roleName: textSchema,
    account: addressSchema,
  }),
  z.strictObject({
    kind: z.literal("register"),
    /** The name whose id gets the entry: `TicketBroker`, or `TicketBrokerTarget` for the code behind its proxy. */
    contract: textSchema,
    controller: addressSchema,
    /** The null address takes the entry away. */
    address: addressSchema,
    /** keccak-256 of the runtime code that must stand at `address`. */
    codeHash: hash32Schema,
    gitCommitHash: gitCommitHashSchema,
  }),
  /** Tokens, ether and the right to mint go to another Minter. Registering it is an intent of its own. */
  z.strictObject({
    kind: z.literal("migrate-minter"),
    minter: addressSchema,
    newMinter: addressSchema,
    token: addressSchema,
  }),
  z.strictObject({ kind: z.literal("pause"), controller: addressSchema }),
  z.strictObject({ kind: z.literal("unpause"), controller: addressSchema }),
  /** Owners, threshold, modules, guard or fallback handler of a Safe that acts for itself. */
  z.strictObject({ kind: z.literal("change-safe"), safe: addressSchema, change: safeChangeSchema }),
  z.strictObject({ kind: z.literal("calls"), calls: z.array(callSchema).min(1) }),
]);
export type Intent = z.infer<typeof intentSchema>;
export type UpgradeIntent = Extract<Intent, { kind: "upgrade" }>;
export type RegisterIntent = Extract<Intent, { kind: "register" }>;
export type RoleIntent = Extract<Intent, { kind: "grant-role" | "revoke-role" }>;
export type ChangeSafeIntent = Extract<Intent, { kind: "change-safe" }>;
export type SetParameterIntent = Extract<Intent, { kind: "set-parameter" }>;

