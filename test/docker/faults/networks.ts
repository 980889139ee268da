import type { Fault } from './fault.js'

const create = (body: object): Fault['make'] => async ({ admin, at, name }) => await admin.post(at('/networks'), { name: name(), ...body })
const pool = (body: object) => create({ ipam: { pools: [body] } })
const volume = (body: object): Fault['make'] => async ({ admin, at, name }) => await admin.post(at('/volumes'), { name: name(), ...body })
const subnet = (subnet: string) => ({ ipam: { pools: [{ subnet }] } })

export const networkFaults: readonly Fault[] = [
  {
    what: 'a port that is taken',
    code: 'conflict',
    async make (bed) {
      const ports = [{ containerPort: 80, hostIp: '127.0.0.1', hostPort: 41_990 }]
      await bed.running({ ports })
      return await bed.admin.post(bed.at(`/containers/${await bed.made({ ports })}/start`))
    }
  },
  { what: 'a port that another program has', code: 'conflict', make: async bed => await bed.admin.post(bed.at(`/containers/${await bed.made({ ports: [{ containerPort: 80, hostIp: '127.0.0.1', hostPort: 5000 }] })}/start`)) },
  { what: 'a port of an address that the host has not', code: 'invalid-input', make: async bed => await bed.admin.post(bed.at(`/containers/${await bed.made({ ports: [{ containerPort: 80, hostIp: '203.0.113.7', hostPort: 41_991 }] })}/start`)) },
  {
    what: 'an address that is taken',
    code: 'conflict',
    async make (bed) {
      const network = await bed.network(subnet('10.98.1.0/24'))
      const networks = { [network]: { ipv4Address: '10.98.1.9' } }
      await bed.running({ networks })
      const second = await bed.admin.post(bed.at('/containers'), { image: bed.image, name: bed.name(), command: ['sleep', '600'], stopTimeoutSeconds: 0, networks })
      return second.status >= 400 ? second : await bed.admin.post(bed.at(`/containers/${second.body.id}/start`))
    }
  },
  {
    what: 'an address outside the network',
    code: 'invalid-input',
    async make (bed) {
      const network = await bed.network(subnet('10.98.2.0/24'))
      const answer = await bed.admin.post(bed.at('/containers'), { image: bed.image, name: bed.name(), networks: { [network]: { ipv4Address: '10.99.2.9' } } })
      return answer.status >= 400 ? answer : await bed.admin.post(bed.at(`/containers/${answer.body.id}/start`))
    }
  },
  {
    what: 'connecting at an address outside the network',
    code: 'invalid-input',
    async make (bed) {
      const network = await bed.network(subnet('10.98.3.0/24'))
      return await bed.admin.post(bed.at(`/networks/${network}/connect`), { container: await bed.idle(), ipv4Address: '10.99.3.9' })
    }
  },
  { what: 'an address on a network without a subnet of its own', code: 'invalid-input', make: async bed => await bed.admin.post(bed.at(`/networks/${await bed.network()}/connect`), { container: await bed.idle(), ipv4Address: '10.99.3.9' }) },
  { what: 'an address on the network that every engine has', code: 'invalid-input', make: async bed => await bed.admin.post(bed.at('/networks/bridge/connect'), { container: await bed.running({ networkMode: await bed.network() }), ipv4Address: '172.17.0.99' }) },
  { what: 'a subnet that is none', code: 'invalid-input', make: pool({ subnet: '10.79' }) },
  { what: 'a subnet with an address of a host', code: 'invalid-input', make: pool({ subnet: '10.79.0.0/33' }) },
  { what: 'a gateway outside the subnet', code: 'invalid-input', make: pool({ subnet: '10.98.4.0/24', gateway: '10.99.4.1' }) },
  { what: 'a range outside the subnet', code: 'invalid-input', unlike: { '20.10': 'taken' }, make: pool({ subnet: '10.98.5.0/24', ipRange: '10.99.5.0/28' }) },
  { what: 'an auxiliary address outside the subnet', code: 'invalid-input', unlike: { podman: 'taken' }, make: pool({ subnet: '10.98.6.0/24', auxAddresses: { a: '10.99.6.1' } }) },
  { what: 'a subnet that is taken', code: 'conflict', make: async bed => { await bed.network(subnet('10.98.7.0/24')); return await pool({ subnet: '10.98.7.0/25' })(bed) } },
  { what: 'a network\'s name that is taken', code: 'conflict', make: async bed => await create({ name: await bed.network() })(bed) },
  { what: 'an unknown network driver', code: 'not-found', make: create({ driver: 'nope' }) },
  { what: 'an unknown address driver', code: 'not-found', unlike: { podman: 'taken' }, make: create({ ipam: { driver: 'nope' } }) },
  { what: 'a bad option of a network driver', code: 'invalid-input', make: create({ options: { 'com.docker.network.driver.mtu': 'abc' } }) },
  { what: 'a parent that is not there', code: 'invalid-input', make: create({ driver: 'macvlan', options: { parent: 'nope0' } }) },
  { what: 'a bridge that has its name from the engine', code: 'conflict', make: create({ name: 'bridge' }) },
  { what: 'a connection that is there', code: 'conflict', make: async bed => { const network = await bed.network(); const container = await bed.running({ networkMode: network }); return await bed.admin.post(bed.at(`/networks/${network}/connect`), { container }) } },
  { what: 'a connection of what has the host\'s network', code: 'conflict', make: async bed => await bed.admin.post(bed.at(`/networks/${await bed.network()}/connect`), { container: await bed.running({ networkMode: 'host' }) }) },
  { what: 'a disconnection of what is not connected', code: 'conflict', make: async bed => await bed.admin.post(bed.at(`/networks/${await bed.network()}/disconnect`), { container: await bed.idle() }) },
  { what: 'a removal of the engine\'s own network', code: 'conflict', make: async ({ admin, at }) => await admin.delete(at('/networks/bridge')) },
  { what: 'an unknown driver of a volume', code: 'not-found', make: volume({ driver: 'nope' }) },
  { what: 'an unknown option of a volume', code: 'invalid-input', make: volume({ options: { nope: 'x' } }) },
  { what: 'a volume with half of its options', code: 'invalid-input', unlike: { podman: 'taken' }, make: volume({ options: { type: 'nfs' } }) },
  {
    what: 'a volume that cannot be mounted',
    code: 'conflict',
    async make (bed) {
      const name = bed.name()
      const made = await bed.admin.post(bed.at('/volumes'), { name, options: { type: 'none', o: 'bind', device: '/no/such/folder' } })
      if (made.status >= 400) return made
      const answer = await bed.admin.post(bed.at('/containers'), { image: bed.image, name: bed.name(), binds: [`${name}:/v`] })
      return answer.status >= 400 ? answer : await bed.admin.post(bed.at(`/containers/${answer.body.id}/start`))
    }
  },
  { what: 'a removal of a volume in use', code: 'conflict', make: async bed => { const name = bed.name(); await bed.made({ binds: [`${name}:/v`] }); return await bed.admin.delete(bed.at(`/volumes/${name}`)) } }
]
