import type { OciPlatform } from './platform.js'

const SYSTEMS = new Set(['linux', 'windows', 'darwin', 'freebsd', 'netbsd', 'openbsd', 'solaris', 'android', 'aix'])
/** Other names that engines take for the same. */
const SYSTEM_NAMES: Readonly<Record<string, string>> = { macos: 'darwin' }
const ARCHITECTURES: Readonly<Record<string, OciPlatform>> = {
  x86_64: { architecture: 'amd64' },
  i386: { architecture: '386' },
  aarch64: { architecture: 'arm64' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' }
}

/**
 * Whether an image is for the platform that was asked for, as engines read and compare them: only what was named counts,
 * a variant only where the image tells one, and of ARM a lower one runs as well. Otherwise than for them 32 bits are not 64.
 */
export function isForPlatform (asked: string, image: OciPlatform): boolean {
  const { os, architecture, variant } = readPlatform(asked)
  const came = variantsOf(image)
  if (os === undefined ? !SYSTEMS.has(came.os ?? '') : os !== came.os) return false
  if (architecture !== undefined && architecture !== came.architecture) return false
  return variant === undefined || came.variant === undefined || variant === came.variant || (architecture === 'arm' && came.variant < variant)
}

/** One word is a system or an architecture. */
function readPlatform (text: string): OciPlatform {
  const [first = '', second, variant] = text.split('/')
  const system = SYSTEM_NAMES[first] ?? first
  if (second === undefined) return SYSTEMS.has(system) ? { os: system } : variantsOf({ architecture: first })
  return variantsOf({ os: system, architecture: second, variant })
}

/** With one name for each architecture, and without variants that say nothing. */
function variantsOf ({ os, architecture = '', variant = '' }: OciPlatform): OciPlatform {
  const named = { architecture, variant, ...ARCHITECTURES[architecture] }
  const written = /^\d/.test(named.variant) ? `v${named.variant}` : named.variant
  const plain = { arm64: 'v8', amd64: 'v1' }[named.architecture]
  return { os, architecture: named.architecture, variant: written === '' || written === plain ? undefined : written }
}
