import * as Args from "@oclif/core/args";
import type { Config } from "../config/config.ts";
import type { ResolvedNetwork } from "../config/resolve-network.ts";
import type { Address } from "../protocol/hex.ts";
import { addressOfKey } from "./key-address.ts";
import { loadSigner } from "./key-flags.ts";

export const scriptArg = Args.string({ required: true, description: "Number, name or path of the script." });

/** Whose the key is, without unlocking it where that can be told. @throws what `loadSigner` throws */
export async function senderOf(config: Config, network: ResolvedNetwork, flags: { key?: string | undefined; "password-file"?: string | undefined }): Promise<Address> {
  return (await addressOfKey(config, network, flags.key)) ?? (await loadSigner(config, network, flags, "send")).address;
}
