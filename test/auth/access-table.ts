/**
 * What every operation takes, for a person to read. The matrix fails on an operation that has no row here.
 *
 * The first word is the least of the roles viewer < operator < developer < admin that has it (`auditor` stands beside
 * them), the second what it is about:
 *
 * - `thing`: one container, image, network or volume. A stranger's is as if it were not there.
 * - `named`: one of these, and the names that images get or lose by it must be one's own as well.
 * - `names`: images that are not there yet, by the names that they get.
 * - `blind`: images whose names nobody can read beforehand: takes a grant without a match.
 * - `maker`: an exec: its maker's alone, and as if it were not there to anybody else.
 * - `rows`: what is listed or removed by the dozen: one's own alone.
 * - `made`: something new, which becomes one's own.
 * - `host`: no more of a host than that it is there. `whole`: all of a host, which takes a grant without a match.
 * - `journal`: the journal. `admin`: for admins alone. `self`: one's own, which takes no grant. `public`: no token.
 */
export type Scope = 'thing' | 'named' | 'names' | 'blind' | 'maker' | 'rows' | 'made' | 'host' | 'whole' | 'journal' | 'admin' | 'self' | 'public'
export type RoleName = 'viewer' | 'operator' | 'developer' | 'auditor' | 'admin'

export const TABLE: Readonly<Record<string, `${RoleName} ${Scope}` | 'admin' | 'self' | 'public'>> = {
  'host.list': 'viewer host',
  'host.inspect': 'viewer host',
  'host.version': 'viewer host',
  'host.info': 'viewer whole',
  'host.events': 'viewer rows',
  'host.stats': 'viewer whole',
  'host.diskUsage': 'viewer whole',
  'system.prune': 'developer whole',

  'image.list': 'viewer rows',
  'image.inspect': 'viewer thing',
  'image.history': 'viewer thing',
  'image.tag': 'developer named',
  'image.remove': 'developer named',
  'image.push': 'developer named',
  'image.pull': 'developer names',
  'image.distribution': 'developer names',
  'image.build': 'developer names',
  'image.import': 'developer names',
  'image.load': 'developer blind',
  'image.save': 'developer rows',
  'image.prune': 'developer rows',

  'container.list': 'viewer rows',
  'container.inspect': 'viewer thing',
  'container.logs': 'viewer thing',
  'container.stats': 'viewer thing',
  'container.top': 'viewer thing',
  'container.port': 'viewer thing',
  'container.diff': 'viewer thing',
  'container.start': 'operator thing',
  'container.stop': 'operator thing',
  'container.restart': 'operator thing',
  'container.kill': 'operator thing',
  'container.pause': 'operator thing',
  'container.unpause': 'operator thing',
  'container.wait': 'operator thing',
  'container.rename': 'operator thing',
  'container.renew': 'operator thing',
  'container.update': 'operator thing',
  'container.create': 'developer made',
  'container.run': 'developer made',
  'container.check': 'developer host',
  'container.remove': 'developer thing',
  'container.prune': 'developer rows',
  'container.exec': 'developer thing',
  'container.attach': 'developer thing',
  'container.resize': 'operator thing',
  'exec.attach': 'developer maker',
  'exec.inspect': 'developer maker',
  'exec.resize': 'developer maker',
  'container.copyOut': 'developer thing',
  'container.copyIn': 'developer thing',
  'container.stat': 'developer thing',
  'container.export': 'developer thing',
  'container.commit': 'developer named',

  'network.list': 'viewer rows',
  'network.inspect': 'viewer thing',
  'network.create': 'developer made',
  'network.remove': 'developer thing',
  'network.connect': 'developer thing',
  'network.disconnect': 'developer thing',
  'network.prune': 'developer rows',

  'volume.list': 'viewer rows',
  'volume.inspect': 'viewer thing',
  'volume.create': 'developer made',
  'volume.remove': 'developer thing',
  'volume.prune': 'developer rows',

  'audit.list': 'auditor journal',

  'user.list': 'admin',
  'user.create': 'admin',
  'user.inspect': 'admin',
  'user.update': 'admin',
  'user.remove': 'admin',
  'user.access': 'admin',
  'group.list': 'admin',
  'group.create': 'admin',
  'group.inspect': 'admin',
  'group.update': 'admin',
  'group.remove': 'admin',
  'role.list': 'admin',
  'role.create': 'admin',
  'role.inspect': 'admin',
  'role.update': 'admin',
  'role.remove': 'admin',
  'grant.list': 'admin',
  'grant.create': 'admin',
  'grant.inspect': 'admin',
  'grant.update': 'admin',
  'grant.remove': 'admin',
  'grant.explain': 'admin',

  'job.list': 'self',
  'job.inspect': 'self',
  'job.cancel': 'self',
  'job.events': 'self',
  'token.list': 'self',
  'token.create': 'self',
  'token.inspect': 'self',
  'token.remove': 'self',
  'session.me': 'self',
  'session.logout': 'self',
  'session.ticket': 'self',
  'session.login': 'public',
  'session.refresh': 'public'
}

/** Whose: one's own, the team's, or a stranger's. */
export type Whose = 'own' | 'shared' | 'foreign'

export type Expected = 'allow' | 'forbidden' | 'not-found'

const LADDER: readonly RoleName[] = ['viewer', 'operator', 'developer', 'admin']

/**
 * What a user is answered who has the role three times on one host: for what is their own, for their own with images
 * under `mine/`, and for what has the team's label. The auditor has the role for the whole host.
 */
export function expected (row: string, role: RoleName, whose: Whose): Expected {
  const [least = '', scope = least] = row.split(' ') as [RoleName, Scope?]
  const has = role === least || (role !== 'auditor' && LADDER.indexOf(role) >= LADDER.indexOf(least as RoleName) && least !== 'auditor')
  const onlyIf = (yes: boolean): Expected => yes ? 'allow' : 'forbidden'
  switch (scope) {
    case 'thing': return role === 'auditor' || whose === 'foreign' ? 'not-found' : onlyIf(has)
    case 'named': return role === 'auditor' || whose === 'foreign' ? 'not-found' : onlyIf(has && whose === 'own')
    case 'maker': return 'not-found'
    case 'names': return onlyIf(has && whose === 'own')
    case 'rows': case 'made': return onlyIf(has)
    case 'host': return whose === 'foreign' ? 'not-found' : onlyIf(has)
    case 'whole': return whose === 'foreign' ? 'not-found' : 'forbidden'
    case 'journal': return onlyIf(has)
    case 'blind': case 'admin': return 'forbidden'
    case 'self': return whose === 'foreign' ? 'not-found' : 'allow'
    default: return 'allow'
  }
}
