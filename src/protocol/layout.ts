/** Where a contract keeps its variables; solc's `storageLayout` fits, so does a layout written by hand or recovered from code. */
export interface Layout {
  storage: readonly LayoutItem[];
  types: Readonly<Record<string, LayoutType>>;
}

export interface LayoutItem {
  /** Empty for a member that goes by its struct's name. */
  label: string;
  /** Decimal; for a struct member, relative to the struct. */
  slot: string;
  /** Bytes from the low end of the slot. */
  offset: number;
  type: string;
}

export interface LayoutType {
  encoding: "inplace" | "mapping" | "dynamic_array" | "bytes";
  label: string;
  numberOfBytes: string;
  base?: string | undefined;
  key?: string | undefined;
  value?: string | undefined;
  members?: readonly LayoutItem[] | undefined;
  /** True where it is not known what lies here: a value, or a mapping or array whose data (of type `value`) lies elsewhere. */
  isOpen?: true | undefined;
  /** Names of an enum's values, from 0. */
  enumValues?: readonly string[] | undefined;
}
