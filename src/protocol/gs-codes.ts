/** What a Safe means by one of its codes, and what to do about it. */
export interface GsCode {
  /** A clause without a full stop: it follows "GS026: ". */
  means: string;
  /** A sentence for the person whose transaction it stopped. */
  next: string;
}

const OUTSIDE = "This comes from another call than execTransaction: look at the calls of the transaction with lpctl proposal simulate.";
const OWN_CALL = "The transaction changes the Safe itself and its arguments do not fit the Safe as it is now: compare them with lpctl safe show.";
const MODULE_CALL = "The transaction changes the Safe's modules and its arguments do not fit the list as it is now: compare them with lpctl safe show.";
const CONTRACT_SIGNATURE = "Ask the owner that is a contract to approve the hash on chain instead, with approveHash.";

/** Every code in the contracts of Safe 1.3.0, 1.4.1 and 1.5.0. */
export const GS_CODES: Readonly<Record<string, GsCode>> = {
  GS000: { means: "the Safe's setup could not be executed", next: "The call in the Safe's setup failed: create the Safe again without it, or with one that works." },
  GS001: { means: "the Safe has no threshold: it was never set up", next: "Do not use this address: a Safe that was never set up belongs to whoever sets it up." },
  GS002: { means: "the call of the Safe's setup failed or its target has no code", next: "Create the Safe again with a setup call to a contract that exists." },
  GS010: { means: "not enough gas to execute the Safe transaction", next: "Send it again with a higher gas limit." },
  GS011: { means: "the Safe could not pay the gas refund in ether", next: "Make the transaction again without a refund: lpctl leaves those fields zero." },
  GS012: { means: "the Safe could not pay the gas refund in tokens", next: "Make the transaction again without a refund: lpctl leaves those fields zero." },
  GS013: { means: "the Safe's inner call failed (its reason is lost; safeTxGas and gasPrice are 0)", next: "Nothing happened and the nonce is still free: find the call that fails with lpctl proposal simulate." },
  GS020: { means: "the signatures are too short for the Safe's threshold", next: "Collect the missing signatures: lpctl safe queue shows how many there are." },
  GS021: { means: "a contract signature points inside the static part", next: "The signatures were put together wrongly: merge them again with lpctl safe import." },
  GS022: { means: "a contract signature lies out of bounds", next: "The signatures were put together wrongly: merge them again with lpctl safe import." },
  GS023: { means: "a contract signature is longer than the data", next: "The signatures were cut off: merge them again with lpctl safe import." },
  GS024: { means: "a contract owner did not accept the signature", next: CONTRACT_SIGNATURE },
  GS025: { means: "the hash has not been approved by that owner", next: "Ask that owner to approve the hash on chain, or to sign it: a v of 0 or 1 at the end of a signature is read as an approval." },
  GS026: { means: "an invalid owner: a wrong or out-of-order signature, a signer that is not an owner, or a signature for another nonce, chain or hash", next: "Import the signatures again: lpctl safe import says which one is wrong, and what it is of." },
  GS027: { means: "the data does not match the hash that was signed", next: CONTRACT_SIGNATURE },
  GS030: { means: "only an owner can approve a hash", next: "Approve with the key of a current owner: lpctl safe show names them." },
  GS031: { means: "this may only be called by the Safe itself", next: "It takes a Safe transaction to the Safe's own address, signed by its owners." },
  GS100: { means: "the modules were set up already", next: OUTSIDE },
  GS101: { means: "an invalid module address", next: MODULE_CALL },
  GS102: { means: "the module was added already", next: MODULE_CALL },
  GS103: { means: "the wrong previous module was given", next: MODULE_CALL },
  GS104: { means: "only an enabled module may call this", next: OUTSIDE },
  GS105: { means: "an invalid start for the list of modules", next: OUTSIDE },
  GS106: { means: "an invalid page size for the list of modules", next: OUTSIDE },
  GS200: { means: "the owners were set up already", next: OUTSIDE },
  GS201: { means: "the threshold is above the number of owners", next: OWN_CALL },
  GS202: { means: "the threshold must be at least 1", next: OWN_CALL },
  GS203: { means: "an invalid owner address", next: OWN_CALL },
  GS204: { means: "the address is an owner already", next: OWN_CALL },
  GS205: { means: "the wrong previous owner was given", next: OWN_CALL },
  GS300: { means: "the guard does not support the guard interface", next: "Set a guard that answers supportsInterface, or none." },
  GS301: { means: "the module guard does not support the module guard interface", next: "Set a module guard that answers supportsInterface, or none." },
  GS400: { means: "the fallback handler must not be the Safe itself", next: "Set one of Safe's own fallback handlers, or none." },
};

/** The first code named in a revert reason; undefined when there is none. */
export function findGsCode(reason: string): (GsCode & { code: string }) | undefined {
  const code = /\bGS\d{3}\b/.exec(reason)?.[0];
  const known = code === undefined || !Object.hasOwn(GS_CODES, code) ? undefined : GS_CODES[code];
  return code === undefined || known === undefined ? undefined : { code, ...known };
}
