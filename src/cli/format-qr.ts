import { drawQr, largestCode } from "../safe/transport/qr-picture.ts";

/** Characters that a QR code may hold to be shown whole on this terminal; on none, that of a usual one. */
export function qrRoom(): number {
  return largestCode(process.stdout.columns || 80, process.stdout.rows || 50);
}

/** The codes one below the other, each with its number: a person scans them one by one. */
export async function formatQrCodes(parts: readonly string[], caption: string): Promise<string> {
  const pictures = await Promise.all(parts.map(drawQr));
  return pictures.map((picture, index) => `${picture}\n${index + 1} of ${parts.length}   ${caption}`).join("\n\n");
}
