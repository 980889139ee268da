import { speaks } from '../support/differences.js'

/**
 * The same network, volume or connection twice: as words of the `docker` command, and as an input of Caisson's.
 */
export interface Row {
  /** Words between spaces, behind `docker network create` and the like. */
  readonly cli: string
  readonly input: Readonly<Record<string, unknown>>
  /**
   * Refused, and why. By the `engine`: both with the same words of its, and Caisson with the status. By `both`: the
   * command and Caisson, each in words of its own. By `caisson` alone: it looks where the command does not.
   */
  readonly refused?: { readonly by: 'engine' | 'both' | 'caisson', readonly status: number, readonly why: string }
  /** Parts of the inspect that may differ, and why. */
  readonly except?: { readonly paths: readonly string[], readonly why: string }
}

const byEngine = (status: number, why: string) => ({ by: 'engine', status, why }) as const

/** What is there before the rows begin. */
export const here = {
  taken: 'rows-taken',
  takenSubnet: '10.78.0.0/24',
  config: 'rows-config',
  /** Containers are connected to it. */
  network: 'rows-network',
  subnet: '10.78.1.0/24',
  subnet6: '2001:db8:78::/64',
  volume: 'rows-volume',
  container: 'rows-container'
} as const

/** Most are `internal` and say their subnet: that spares the engine rules of the firewall, and looking for one. */
export const networkRows: Row[] = [
  { cli: '', input: {}, except: { paths: ['IPAM.Config'], why: 'the engine chooses the next subnet that is free' } },
  { cli: '--driver bridge --internal', input: { driver: 'bridge', internal: true }, except: { paths: ['IPAM.Config'], why: 'the engine chooses the next subnet that is free' } },
  { cli: '--internal --subnet 10.79.1.0/24', input: { internal: true, ipam: { pools: [{ subnet: '10.79.1.0/24' }] } } },
  {
    cli: '--internal --subnet 10.79.2.0/24 --gateway 10.79.2.254 --ip-range 10.79.2.128/25 --aux-address router=10.79.2.5 --aux-address printer=10.79.2.6',
    input: { internal: true, ipam: { pools: [{ subnet: '10.79.2.0/24', gateway: '10.79.2.254', ipRange: '10.79.2.128/25', auxAddresses: { router: '10.79.2.5', printer: '10.79.2.6' } }] } }
  },
  {
    cli: '--internal --ipv6 --subnet 10.79.3.0/24 --subnet 2001:db8:79::/64 --gateway 2001:db8:79::1',
    input: { internal: true, enableIpv6: true, ipam: { pools: [{ subnet: '10.79.3.0/24' }, { subnet: '2001:db8:79::/64', gateway: '2001:db8:79::1' }] } },
    except: { paths: ['IPAM.Config'], why: 'the command keeps subnets in a map: their order is left to chance; the test sorts them' }
  },
  { cli: '--internal --subnet 10.79.4.0/24 --ipam-driver default --ipam-opt a=b', input: { internal: true, ipam: { driver: 'default', options: { a: 'b' }, pools: [{ subnet: '10.79.4.0/24' }] } } },
  { cli: '--internal --subnet 10.79.5.0/24 --opt com.docker.network.bridge.name=rows5 -o com.docker.network.driver.mtu=1400', input: { internal: true, ipam: { pools: [{ subnet: '10.79.5.0/24' }] }, options: { 'com.docker.network.bridge.name': 'rows5', 'com.docker.network.driver.mtu': '1400' } } },
  { cli: '--internal --subnet 10.79.6.0/24 --label team=blue --label com.example/empty=', input: { internal: true, ipam: { pools: [{ subnet: '10.79.6.0/24' }] }, labels: { team: 'blue', 'com.example/empty': '' } } },
  { cli: '--internal --subnet 10.79.7.0/24 --attachable', input: { internal: true, ipam: { pools: [{ subnet: '10.79.7.0/24' }] }, attachable: true } },
  { cli: '--internal --subnet 10.79.8.0/24 --scope local', input: { internal: true, ipam: { pools: [{ subnet: '10.79.8.0/24' }] }, scope: 'local' } },
  { cli: '--config-only --subnet 10.79.9.0/24 --label a=b', input: { configOnly: true, ipam: { pools: [{ subnet: '10.79.9.0/24' }] }, labels: { a: 'b' } } },
  { cli: `--config-from ${here.config}`, input: { configFrom: here.config } },
  { cli: '--config-from nowhere', input: { configFrom: 'nowhere' }, refused: byEngine(404, 'there is no such network') },
  { cli: '--internal --ipv4=false --subnet 10.79.10.0/24', input: { internal: true, enableIpv4: false, ipam: { pools: [{ subnet: '10.79.10.0/24' }] } }, refused: { by: speaks('1.47') ? 'engine' : 'caisson', status: 400, why: 'older engines pass over it, and the command does not look; newer ones want IPv6 then' } },
  { cli: '--ingress', input: { ingress: true }, refused: byEngine(409, 'for swarms') },
  { cli: '--scope swarm', input: { scope: 'swarm' }, refused: byEngine(409, 'for swarms') },
  { cli: '--driver nowhere', input: { driver: 'nowhere' }, refused: byEngine(404, 'there is no such driver') },
  { cli: '--ipam-driver nowhere', input: { ipam: { driver: 'nowhere' } }, refused: byEngine(404, 'there is no such driver') },
  { cli: '--subnet 10.79', input: { ipam: { pools: [{ subnet: '10.79' }] } }, refused: { by: 'both', status: 400, why: 'no subnet; the command looks, and so does the engine' } },
  { cli: `--subnet ${here.takenSubnet}`, input: { ipam: { pools: [{ subnet: here.takenSubnet }] } }, refused: byEngine(409, 'another network has it; the engine says 403') },
  { cli: `${here.taken}`, input: { name: here.taken }, refused: byEngine(409, 'another network has the name') }
]

export const volumeRows: Row[] = [
  { cli: '', input: {} },
  { cli: 'rows-named', input: { name: 'rows-named' } },
  { cli: '--driver local --label team=blue --label empty', input: { driver: 'local', labels: { team: 'blue', empty: '' } } },
  { cli: '--opt type=tmpfs --opt device=tmpfs -o o=size=10m', input: { options: { type: 'tmpfs', device: 'tmpfs', o: 'size=10m' } } },
  { cli: here.volume, input: { name: here.volume } },
  { cli: '--driver nowhere-1', input: { driver: 'nowhere-2' }, refused: byEngine(404, 'there is no such driver; the engine looks for one of a name at a time') },
  { cli: '--opt colour=red', input: { options: { colour: 'red' } }, refused: byEngine(400, 'there is no such option') },
  { cli: 'a', input: { name: 'a' }, refused: byEngine(400, 'too short a name') }
]

/** A container that was created and never started: the engine keeps what it was asked for. */
export const connectRows: Row[] = [
  { cli: '', input: {} },
  { cli: '--alias db --alias db2', input: { aliases: ['db', 'db2'] } },
  { cli: '--ip 10.78.1.9 --ip6 2001:db8:78::9', input: { ipv4Address: '10.78.1.9', ipv6Address: '2001:db8:78::9' } },
  { cli: '--link-local-ip 169.254.7.7', input: { linkLocalIps: ['169.254.7.7'] } },
  { cli: `--link ${here.container}:db`, input: { links: [`${here.container}:db`] } },
  { cli: '--driver-opt a=b', input: { driverOpts: { a: 'b' } } },
  { cli: '--ip 10.78', input: { ipv4Address: '10.78' }, refused: { by: speaks('1.44') ? 'both' : 'caisson', status: 400, why: 'no address; an older engine looks only once the container is started' } },
  { cli: '--gw-priority 5', input: { gwPriority: 5 }, ...(speaks('1.48') ? {} : { refused: { by: 'caisson', status: 400, why: 'the engine passes over it, and the command does not look' } }) }
]

/** Options that are the command's alone. */
export const CLI_ONLY: readonly string[] = ['help']
