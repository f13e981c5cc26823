import { hostname } from 'node:os'

/** This machine's or container's name, as part of the name of a file in a folder that several share. */
export const hostName = (): string => hostname().replace(/[^\w.-]/g, '_')
