/** One argument of a call, an event or an error, in words. */
export interface DecodedArgument {
  name: string;
  type: string;
  /** Human form: addresses with their names, integers in decimal. Never contains control characters. */
  value: string;
}
