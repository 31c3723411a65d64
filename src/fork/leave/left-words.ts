/** Words of one contract that are others than the snapshot's because stake left, and why: in flat arrays, for a hundred thousand accounts. */
export interface LeftWords {
  readonly count: number;
  /** 32 bytes each, ascending, each once. */
  readonly slots: Uint8Array;
  /** Of the snapshot. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** `delegators[0x…].bondedAmount` */
  nameAt(index: number): string;
  whyAt(index: number): string;
}
