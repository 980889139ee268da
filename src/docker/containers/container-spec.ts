import Type, { type Static, type TProperties } from 'typebox'
import { INCLUDES, choice } from '../../model/choice.js'
import { Platform } from '../../engine/models/common.js'
import { ContainerName, ImageReference } from '../../model/names.js'
import { RegistryAuth } from '../../engine/registry-auth.js'
import { IsolationFields } from '../spec/isolation.js'
import { MountFields } from '../spec/mounts.js'
import { NetworkFields } from '../spec/networks.js'
import { PortFields } from '../spec/ports.js'
import { ProcessFields } from '../spec/process.js'
import { ResourceSpec, RestartPolicySpec } from '../spec/resources.js'

/** What a container is made of; the Engine API's Config and HostConfig, flattened, in camel case. */
export const ContainerSpec = {
  image: ImageReference,
  name: Type.Optional(ContainerName),
  ...ProcessFields,
  ...PortFields,
  ...MountFields,
  ...NetworkFields,
  ...ResourceSpec,
  ...IsolationFields,
  restartPolicy: Type.Optional(RestartPolicySpec),
  platform: Type.Optional(Platform),
  pull: Type.Optional(choice('PullPolicy', 'Whether an image is pulled first', {
    missing: 'Where the host has it not', always: 'Even where the host has it', never: 'What the host has not is not found'
  }, { default: 'missing', description: 'Whether the image is pulled first; default `missing`' })),
  registryAuth: Type.Optional(RegistryAuth)
} satisfies TProperties

export type ContainerSpec = Static<ReturnType<typeof Type.Object<typeof ContainerSpec>>>

/** For an input that has all of a spec among others. It is open, since what is closed can be no part of another. */
export const WithSpec = { [INCLUDES]: Type.Object(ContainerSpec, { title: 'ContainerSpec', description: 'What a container is made of' }) }

/** Inputs of a spec that are secret. */
export const SPEC_SECRETS = ['registryAuth'] as const
/** What the audit log keeps of a spec. */
export const SPEC_AUDIT = [
  'image', 'name', 'user', 'privileged', 'networkMode', 'ports', 'binds', 'volumesFrom', 'devices', 'capAdd', 'capDrop',
  'securityOpt', 'pidMode', 'ipcMode', 'usernsMode', 'utsMode', 'cgroupParent', 'runtime', 'pull', 'platform'
] as const

/** Options of a driver may hold credentials: of mounts and networks the audit log keeps where they lead. */
export const specAuditParts = ({ mounts, networks }: Partial<Pick<ContainerSpec, 'mounts' | 'networks'>>) => ({
  mounts: mounts?.map(({ type, source, target, readOnly }) => ({ type, source, target, readOnly })),
  networks: networks === undefined ? undefined : Object.keys(networks)
})
