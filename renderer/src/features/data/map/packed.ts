function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return bytes.buffer
}

/** Numbers of all samples, as the engine packs them. */
export const unpackFloats = (base64: string): Float32Array => new Float32Array(bytesOf(base64))
export const unpackShorts = (base64: string): Uint16Array => new Uint16Array(bytesOf(base64))
export const unpackBytes = (base64: string): Uint8Array => new Uint8Array(bytesOf(base64))
