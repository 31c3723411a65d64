import { getAddress, isAddress } from "ethers/address";
import { toEthersTransaction } from "../chain/transaction.ts";
import type { CommandKey } from "../config/key-schema.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { cannotSend } from "./cannot-send.ts";
import type { KeyContext } from "./key-context.ts";
import { runProgram } from "./run-program.ts";
import type { ExternalSigner } from "./signer.ts";
import { typedDataJson } from "./typed-data-json.ts";

/** Signs by running a program: EIP-712 JSON in, signature out. Which gives every device and vault that has a program for it. */
export function commandSigner(key: CommandKey & { folder: string }, { say, timeoutSeconds }: KeyContext): ExternalSigner {
  const { address, addressCommand, transactionCommand, folder } = key;
  const run = (command: readonly string[], input: string): Promise<string> => {
    say(`Running ${command.map(shown).join(" ")}`);
    return runProgram({ command, folder, input, address, say, timeoutSeconds });
  };
  return {
    kind: "command",
    address,
    canSend: transactionCommand !== undefined,
    async readAddresses() {
      if (addressCommand === undefined) throw cannotTell();
      const text = await run(addressCommand, "");
      if (!/^0x[0-9a-fA-F]{40}$/.test(text) || !isAddress(text)) throw noAddress();
      return [getAddress(text) as Address];
    },
    signTypedData: (domain, types, message) => run(key.command, typedDataJson(domain, types, message)),
    async signTransaction(transaction) {
      if (transactionCommand === undefined) throw cannotSend("command");
      const text = await run(transactionCommand, toEthersTransaction(transaction).unsignedSerialized);
      return `0x${text.replace(/^0x/, "")}`;
    },
  };
}

/** An argument as it is, quoted where its ends would not be seen. */
function shown(argument: string): string {
  return printable(/^[^\s"']+$/.test(argument) ? argument : JSON.stringify(argument));
}

function cannotTell(): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_NO_ADDRESS",
    exit: Exit.usage,
    message: "This key's command cannot be asked for its address.",
    why: "The key has no addressCommand.",
    next: 'Add one to the key in lpctl.yaml, such as addressCommand: [cast, wallet, address, --ledger], or see whose signature it gives: lpctl keys show NAME --test-signature',
  });
}

function noAddress(): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_NO_ADDRESS",
    exit: Exit.failed,
    message: "The key's addressCommand wrote no address.",
    next: "It should write 0x and 40 hexadecimal digits to stdout, and nothing else.",
  });
}
