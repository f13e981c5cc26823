import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command, in parentheses, may hold spaces.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}

/** A process and all that descend from it (Linux). */
export function processTree(rootPid: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]))
  const tree = [rootPid]
  for (const pid of tree) tree.push(...all.filter((child) => parents.get(child) === pid))
  return tree
}

function socketInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))
      return target?.[1] ? [target[1]] : []
    })
  } catch {
    return []
  }
}

/** Rows of the kernel's tables of TCP and UDP sockets that belong to one of the processes. */
export function networkSockets(pids: number[]): string[] {
  const inodes = new Set(pids.flatMap(socketInodes))
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .filter((row) => inodes.has(row.trim().split(/\s+/)[9] ?? ''))
      .map((row) => `${table} ${row.trim()}`),
  )
}
