import type { Log } from "../chain/rpc.ts";
import { decodeKnownEvent } from "../protocol/decode-known.ts";
import { namesOf, type AddressBook } from "./contract-book.ts";
import { nameAddresses } from "./name-addresses.ts";
import type { DecodedEvent } from "../outcome/simulation.ts";

/** Events in the order in which they were emitted. */
export function decodeEvents(logs: readonly Log[], book: AddressBook): DecodedEvent[] {
  return logs.map((log) => {
    const decoded = decodeKnownEvent(log, book.interfaceOf(log.address));
    const addressName = book.nameOf(log.address);
    return {
      address: log.address,
      ...(addressName === undefined ? {} : { addressName }),
      ...(decoded === undefined ? {} : { signature: decoded.signature, args: nameAddresses(decoded.args, namesOf(book)) }),
      topics: log.topics,
      data: log.data,
    };
  });
}
