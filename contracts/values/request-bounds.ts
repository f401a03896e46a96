/**
 * The largest request that a service accepts, in bytes: its body, before and after decompression; and all its headers
 * together.
 */
export const REQUEST_BOUNDS = { body: 16 * 1024, headers: 16 * 1024 } as const;
