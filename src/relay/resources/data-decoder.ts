import { z } from "zod";
import { decodeData } from "../decode-data.ts";
import { hexField, parseBody } from "../fields.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Route } from "../http/router.ts";

const bodySchema = z.object({ data: hexField.refine((data) => data.length >= 10, "Data must have at least a function selector of 4 bytes.") });

/** Calldata in words, for the functions lpctl knows. */
export function dataDecoderRoutes(): Route[] {
  return [
    {
      method: "POST",
      path: "/v1/data-decoder/",
      handle: ({ body }) => {
        const { data } = parseBody(bodySchema, body, 422);
        const decoded = decodeData(data);
        if (decoded === null) throw new HttpProblem(404, { code: 1, message: "Cannot find function selector to decode data", arguments: [data.slice(0, 10)] });
        return { status: 200, body: decoded };
      },
    },
  ];
}
