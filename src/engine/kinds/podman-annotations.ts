import type Docker from 'dockerode'
import { differs } from './differences.js'
import type { Engine } from './engine.js'

type Notes = Readonly<Record<string, string>>
type Config = Docker.HostConfig & { readonly Annotations?: Notes | null }

/** What Podman notes for itself, and says elsewhere as well; one that is worth anything else than it is there is none of these. */
const OWN: Readonly<Record<string, (value: string, config: Config) => boolean>> = {
  'io.container.manager': value => value === 'libpod',
  'io.podman.annotations.autoremove': (value, { AutoRemove }) => (value === 'TRUE') === (AutoRemove === true),
  'io.podman.annotations.init': (value, { Init }) => (value === 'TRUE') === (Init === true),
  'io.podman.annotations.pids-limit': (value, { PidsLimit }) => value === String(PidsLimit),
  'io.podman.annotations.publish-all': (value, { PublishAllPorts }) => (value === 'TRUE') === (PublishAllPorts === true),
  'io.podman.annotations.volumes-from': () => true,
  'org.opencontainers.image.stopSignal': () => true,
  'org.systemd.property.KillSignal': value => /^\d+$/.test(value),
  'org.systemd.property.TimeoutStopUSec': value => /^uint64 \d+$/.test(value)
}

/** A container's HostConfig without the annotations that the engine has made by itself; those that were asked for stay. */
export function withoutOwnNotes (engine: Engine, config: Docker.HostConfig, asked: Notes = {}): Docker.HostConfig {
  const { Annotations, ...rest }: Config = config
  if (Annotations == null || !differs(engine, 'annotatesItself')) return config
  const left = Object.entries(Annotations).filter(([name, value]) => name in asked || OWN[name]?.(value, config) !== true)
  return left.length === 0 ? rest : { ...rest, Annotations: Object.fromEntries(left) } as Docker.HostConfig
}
