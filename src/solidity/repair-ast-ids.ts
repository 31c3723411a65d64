const LIMIT = 2 ** 31;

/**
 * solc compiled to WebAssembly writes the negative ids of built-in declarations as unsigned 32-bit numbers
 * (4294967266 for -30). Readers then take a built-in for something the source declares. Repairs a tree in place:
 * no id of a real node reaches 2^31, and no other number in a tree does.
 */
export function repairAstIds(node: unknown): void {
  if (Array.isArray(node)) {
    for (let index = 0; index < node.length; index++) {
      const value: unknown = node[index];
      if (typeof value === "number") {
        if (value >= LIMIT) node[index] = value - 2 ** 32;
      } else if (typeof value === "object" && value !== null) repairAstIds(value);
    }
  } else if (typeof node === "object" && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === "number") {
        if (value >= LIMIT) Reflect.set(node, key, value - 2 ** 32);
      } else if (typeof value === "object" && value !== null) repairAstIds(value);
    }
  }
}
