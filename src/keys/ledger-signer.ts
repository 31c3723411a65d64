import { TypedDataEncoder } from "ethers/hash";
import { z } from "zod";
import { toEthersTransaction } from "../chain/transaction.ts";
import type { LedgerKey } from "../config/key-schema.ts";
import { Exit, LpctlError } from "../errors.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { groupDigits } from "./group-digits.ts";
import { openEthereumApp, type EthereumApp } from "./ledger-transport.ts";
import type { KeyContext } from "./key-context.ts";
import { otherAddress } from "./other-address.ts";
import type { ExternalSigner } from "./signer.ts";

const wordSchema = z.string().regex(/^[0-9a-fA-F]{64}$/);
const signatureSchema = z.object({ r: wordSchema, s: wordSchema, v: z.union([z.number(), z.string().regex(/^[0-9a-fA-F]{1,4}$/).transform((text) => Number.parseInt(text, 16))]) });
const accountSchema = z.object({ address: addressSchema });
const configurationSchema = z.object({ version: z.string() });

/**
 * Signs with a Ledger: the hashes of the domain and the message, which every model shows and a person can compare. The device's
 * own decoding of typed data would need Ledger's servers, and is not used.
 */
export function ledgerSigner({ ledger, address, folder }: LedgerKey & { folder: string }, { say, timeoutSeconds }: KeyContext): ExternalSigner {
  const path = ledger.path.replace(/^m\//, "");

  const readAddress = async (app: EthereumApp): Promise<Address> => {
    // Another app may know the command for an address; only Ethereum's has this form of settings.
    configurationSchema.parse(await app.getAppConfiguration());
    return accountSchema.parse(await app.getAddress(path)).address;
  };

  const withDevice = async <T>(work: (app: EthereumApp) => Promise<T>): Promise<T> => {
    say(`Looking for the Ledger of ${address}: plug it in, unlock it, open its Ethereum app.`);
    const opening = openEthereumApp(ledger.transport, folder);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(timedOut(timeoutSeconds)), timeoutSeconds * 1_000);
    });
    try {
      const { app } = await Promise.race([opening, late]);
      return await Promise.race([work(app), late]);
    } catch (error) {
      throw error instanceof LpctlError ? error : deviceError(error);
    } finally {
      // A device that is only found now is let go as well; one that never comes is not waited for.
      const closing = opening.then(({ close }) => close(), () => undefined);
      await Promise.race([closing, late.catch(() => undefined)]);
      clearTimeout(timer);
    }
  };

  const withKey = <T>(work: (app: EthereumApp) => Promise<T>): Promise<T> =>
    withDevice(async (app) => {
      const found = await readAddress(app);
      if (found !== address) throw otherAddress("The Ledger", address, [found], `Check the path (${path}) and which device, seed and passphrase is in use.`);
      return work(app);
    });

  return {
    kind: "ledger",
    address,
    canSend: true,
    readAddresses: () => withDevice(async (app) => [await readAddress(app)]),
    signTypedData(domain, types, message) {
      const [domainHash, messageHash] = [TypedDataEncoder.hashDomain(domain), TypedDataEncoder.from(types).hash(message)];
      return withKey(async (app) => {
        say(`The Ledger of ${address} will show two hashes. Confirm only if both are these, to the last digit:`);
        say(`  Domain hash    ${groupDigits(domainHash)}`);
        say(`  Message hash   ${groupDigits(messageHash)}`);
        const { r, s, v } = signatureSchema.parse(await app.signEIP712HashedMessage(path, domainHash.slice(2), messageHash.slice(2)));
        return `0x${r}${s}${(v & 0xff).toString(16).padStart(2, "0")}`;
      });
    },
    signTransaction(unsigned) {
      const transaction = toEthersTransaction(unsigned);
      return withKey(async (app) => {
        say(`The Ledger of ${address} will show a transaction ${unsigned.to === null ? "that deploys a contract" : `to ${unsigned.to}`} on chain ${unsigned.chainId}.`);
        const { r, s, v } = signatureSchema.parse(await app.signTransaction(path, transaction.unsignedSerialized.slice(2), null));
        transaction.signature = { r: `0x${r}`, s: `0x${s}`, v };
        return transaction.serialized as `0x${string}`;
      });
    },
  };
}

const LOCKED = [0x5515, 0x5303, 0x6804, 0x6982];
const NO_APP = [0x6511, 0x6d00, 0x6d02, 0x6e00, 0x6e01];

function deviceError(cause: unknown): LpctlError {
  const status = statusOf(cause);
  const error = (code: `LPCTL_KEYS_${Uppercase<string>}`, exit: 1 | 3, message: string, next: string): LpctlError =>
    new LpctlError({ code, exit, message, why: status === undefined ? undefined : `The device answered 0x${status.toString(16).padStart(4, "0")}.`, next, details: { status: status ?? null }, cause });
  if (cause instanceof z.ZodError) return error("LPCTL_KEYS_DEVICE_FAILED", Exit.failed, "The Ledger gave an answer that cannot be read.", "Open its Ethereum app. If that app is open, do not try again before you know why.");
  if (status === 0x6985) return error("LPCTL_KEYS_REFUSED", Exit.refused, "The signature was refused on the Ledger.", "If you refused because the hashes differed from those above, treat it as an incident: do not sign on this machine, and tell the other owners.");
  if (status === 0x6a80) return error("LPCTL_KEYS_DEVICE_SETTINGS", Exit.failed, "The Ledger's settings do not allow this signature.", "Allow blind signing in the settings of its Ethereum app; compare the hashes all the more carefully.");
  if (status !== undefined && LOCKED.includes(status)) return error("LPCTL_KEYS_DEVICE_LOCKED", Exit.failed, "The Ledger is locked.", "Unlock it, open its Ethereum app, and run the command again; nothing was signed.");
  if (status !== undefined && NO_APP.includes(status)) return error("LPCTL_KEYS_DEVICE_NO_APP", Exit.failed, "The Ethereum app is not open on the Ledger, or is too old.", "Open it (and update it, if it is open), and run the command again; nothing was signed.");
  const words = cause instanceof Error ? printable(cause.message) : "it gave no reason";
  return error("LPCTL_KEYS_DEVICE_FAILED", Exit.failed, `The Ledger did not sign: ${words}`, "Find out why before trying again; if its screen showed other hashes than those above, treat it as an incident.");
}

function statusOf(error: unknown): number | undefined {
  return typeof error === "object" && error !== null && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : undefined;
}

function timedOut(timeoutSeconds: number): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_DEVICE_TIMEOUT",
    exit: Exit.failed,
    message: `The Ledger gave no answer within ${timeoutSeconds} seconds.`,
    why: "A question may still stand on its screen.",
    next: "Refuse that question on the device, then run the command again, with a larger timeoutSeconds at the key if need be.",
  });
}
