import { SigningKey, keccak256 } from "ethers/crypto";
import { Transaction, computeAddress } from "ethers/transaction";
import type { Hex } from "../../../src/protocol/hex.ts";
import { sign, withLowV } from "./typed-note.ts";

export interface FakeLedgerBehaviour {
  key: Hex;
  /** Derivation path it has the key at. */
  path?: string;
  /** Status word instead of an answer, for the instruction. */
  status?: Record<number, number>;
  /** v of 0 or 1 instead of 27 or 28. */
  lowV?: boolean;
  /** What it signs instead of what it is given, as malware between it and the screen would have it. */
  signs?: Hex;
  signsWith?: Hex;
  hangs?: boolean;
}

/** The Ethereum app of a Ledger, as far as APDUs go: instructions 02 (address), 04 (transaction), 06 (settings), 0c (EIP-712 hashes). */
export class FakeLedger {
  readonly #behaviour: FakeLedgerBehaviour;
  /** Instructions it was sent. */
  readonly instructions: number[] = [];
  /** Domain and message hash as shown on its screen. */
  screen: string[] = [];
  closed = 0;
  #transaction = Buffer.alloc(0);

  constructor(behaviour: FakeLedgerBehaviour) {
    this.#behaviour = behaviour;
  }

  async exchange(apdu: Buffer): Promise<Buffer> {
    const { key, path = "44'/60'/0'/0/0", status, hangs = false } = this.#behaviour;
    const [cla, instruction = 0, p1] = apdu;
    this.instructions.push(instruction);
    const failing = status?.[instruction];
    if (cla !== 0xe0) return word(0x6e00);
    if (failing !== undefined) return word(failing);
    const data = apdu.subarray(5);
    if (instruction === 0x06) return ok(Buffer.from([1, 1, 10, 0]));
    if (instruction === 0x04) return this.#signTransaction(data, p1 === 0);
    const components = data.readUInt8(0);
    const givenPath = Array.from({ length: components }, (_, index) => data.readUInt32BE(1 + 4 * index));
    const isOurPath = givenPath.map((part) => (part >= 0x80000000 ? `${part - 0x80000000}'` : `${part}`)).join("/") === path;
    const atPath = isOurPath ? key : (keccak256(data) as Hex);
    if (instruction === 0x02) {
      const publicKey = Buffer.from(SigningKey.computePublicKey(atPath).slice(2), "hex");
      const address = Buffer.from(computeAddress(atPath).slice(2), "ascii");
      return ok(Buffer.concat([Buffer.from([publicKey.length]), publicKey, Buffer.from([address.length]), address]));
    }
    if (instruction !== 0x0c) return word(0x6d00);
    const hashes = data.subarray(1 + 4 * components);
    this.screen = [`0x${hashes.subarray(0, 32).toString("hex")}`, `0x${hashes.subarray(32, 64).toString("hex")}`];
    if (hangs) return new Promise(() => undefined);
    return this.#signature(keccak256(Buffer.concat([Buffer.from([0x19, 0x01]), hashes])) as Hex, atPath);
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }

  #signature(hash: Hex, key: Hex): Buffer {
    const { lowV = false, signs = hash, signsWith = key } = this.#behaviour;
    const signature = sign(signs, signsWith);
    const bytes = Buffer.from((lowV ? withLowV(signature) : signature).slice(2), "hex");
    return ok(Buffer.concat([bytes.subarray(64), bytes.subarray(0, 64)]));
  }

  /** Chunks of at most 150 bytes, the first with the path before it. */
  #signTransaction(data: Buffer, isFirst: boolean): Buffer {
    this.#transaction = Buffer.concat([isFirst ? Buffer.alloc(0) : this.#transaction, isFirst ? data.subarray(1 + 4 * data.readUInt8(0)) : data]);
    let unsigned: Transaction;
    try {
      unsigned = Transaction.from(`0x${this.#transaction.toString("hex")}`);
    } catch {
      return ok(Buffer.alloc(0));
    }
    const { key, signsWith = key } = this.#behaviour;
    const { r, s, yParity } = new SigningKey(signsWith).sign(unsigned.unsignedHash);
    return ok(Buffer.concat([Buffer.from([yParity]), Buffer.from(r.slice(2), "hex"), Buffer.from(s.slice(2), "hex")]));
  }
}

function ok(data: Buffer): Buffer {
  return Buffer.concat([data, word(0x9000)]);
}

function word(status: number): Buffer {
  return Buffer.from([status >> 8, status & 0xff]);
}
