import { z } from 'zod'

/**
 * The HTTP surface, the same over the unix socket, 127.0.0.1 and `glyphlab://app`:
 *
 * - `POST /rpc/<procedure>`: input and output by `encodeJson`; a failure is `{ error: ErrorBody }` with a 4xx or 5xx status.
 * - `GET /events`: a streamed body, one `EngineEvent` in JSON a line.
 * - `GET /blobs/<sha256>`: the bytes, immutable.
 * - `GET /thumbnails/<sha256>?size=<px>`: the picture within size x size px, turned by its EXIF orientation.
 * - `POST /uploads?path=<relative path>[&into=<uploadId>]`: the body becomes a file of the upload; answers `UploadReceipt`.
 *   Several files with the same `into` make a folder.
 */
export const uploadReceipt = z.object({ uploadId: z.string(), path: z.string(), bytes: z.number().int() })
export type UploadReceipt = z.infer<typeof uploadReceipt>

/** The largest stands in for an original that a browser can't show. */
export const thumbnailSizes = [64, 128, 256, 512, 1600, 4096] as const

/** The cookie or bearer token that the headless host asks for. */
export const tokenCookieName = 'glyphlab_token'
