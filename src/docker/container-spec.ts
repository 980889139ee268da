import Type, { type Static, type TProperties } from 'typebox'
import { Platform } from './models/common.js'
import { ImageReference, containerPattern } from './names.js'
import { RegistryAuth } from './registry-auth.js'
import { IsolationFields } from './spec/isolation.js'
import { MountFields } from './spec/mounts.js'
import { NetworkFields } from './spec/networks.js'
import { PortFields } from './spec/ports.js'
import { ProcessFields } from './spec/process.js'
import { ResourceSpec, RestartPolicySpec } from './spec/resources.js'

/** What a container is made of; the Engine API's Config and HostConfig, flattened, in camel case. */
export const ContainerSpec = {
  image: ImageReference,
  name: Type.Optional(Type.String({
    pattern: containerPattern.replace('/?', ''),
    description: 'Its name; the engine makes one up when absent',
    'x-expects': 'a name of letters, digits, "_", "." and "-", 255 at most, that starts with a letter or a digit'
  })),
  ...ProcessFields,
  ...PortFields,
  ...MountFields,
  ...NetworkFields,
  ...ResourceSpec,
  ...IsolationFields,
  restartPolicy: Type.Optional(RestartPolicySpec),
  platform: Type.Optional(Platform),
  pull: Type.Optional(Type.Enum(['missing', 'always', 'never'], { title: 'PullPolicy', default: 'missing', description: 'Whether the image is pulled first; default `missing`' })),
  registryAuth: Type.Optional(RegistryAuth)
} satisfies TProperties

export type ContainerSpec = Static<ReturnType<typeof Type.Object<typeof ContainerSpec>>>

/** Inputs of a spec that are secret. */
export const SPEC_SECRETS = ['registryAuth'] as const
/** What the journal keeps of a spec. */
export const SPEC_AUDIT = ['image', 'name', 'privileged', 'networkMode', 'capAdd', 'pidMode', 'ipcMode', 'usernsMode', 'pull', 'platform'] as const
