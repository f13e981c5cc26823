import { BlockList, isIP } from 'node:net'

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', bits] = range.split('/')
    list.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}

/** Special-purpose ranges, none of which is somebody's server on the internet: RFC 6890 and the IANA registries. */
const special4 = listOf([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
])
/** Everything else of IPv6 is special, also what holds an IPv4 address (::ffff:0:0/96, 64:ff9b::/96). */
const global6 = listOf(['2000::/3'])
const special6 = listOf(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

/** A company's own network and this machine. Link-local is not among them: there the clouds hand out credentials. */
const own4 = listOf(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8'])
const own6 = listOf(['::1/128', 'fc00::/7'])
/** AWS answers for its instances' credentials here, inside `fc00::/7`. */
const metadata6 = listOf(['fd00:ec2::/32'])

/**
 * Whether a server may ask this address for others.
 * @param address IPv4 or IPv6, as a resolver gives it
 * @param allowPrivate whether the own network and this machine are allowed too
 */
export function mayAsk(address: string, allowPrivate: boolean): boolean {
  const version = isIP(address)
  if (version === 4) return !special4.check(address) || (allowPrivate && own4.check(address))
  if (version !== 6) return false
  const public6 = global6.check(address, 'ipv6') && !special6.check(address, 'ipv6')
  if (public6) return true
  return allowPrivate && own6.check(address, 'ipv6') && !metadata6.check(address, 'ipv6')
}
