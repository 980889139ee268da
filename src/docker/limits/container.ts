import { ENDPOINTS } from './endpoint.js'
import { HOST_CONFIG, RESOURCES } from './host-config.js'
import { each, free, limited, parts, together, type Row, type Rows, type Whole } from './rows.js'
import { nameViolations } from './rules/images.js'
import { refusePrivileged, refuseRestart, refuseWorkingDir } from './rules/process.js'
import { maxima } from './rules/resources.js'

/** Nothing of a health check reaches out: it runs inside, like the command. */
export const HEALTHCHECK: Rows = { Test: free, Interval: free, Timeout: free, StartPeriod: free, StartInterval: free, Retries: free }

/** What is said of each field of the engine's `Config`. */
export const CONFIG: Rows = {
  Hostname: free,
  Domainname: free,
  User: free,
  AttachStdin: free,
  AttachStdout: free,
  AttachStderr: free,
  ExposedPorts: free,
  Tty: free,
  OpenStdin: free,
  StdinOnce: free,
  Env: free,
  Cmd: free,
  Healthcheck: parts(HEALTHCHECK),
  ArgsEscaped: free,
  Image: together,
  // They get volumes without a name, of the driver that VolumeDriver says.
  Volumes: free,
  WorkingDir: limited('workingDir', refuseWorkingDir),
  Entrypoint: free,
  NetworkDisabled: free,
  MacAddress: free,
  OnBuild: free,
  // Those that grants select by are the gateway's to write (see authorization/ownership-labels.ts).
  Labels: free,
  StopSignal: free,
  StopTimeout: free,
  Shell: free
}

const usedImage: Whole = ({ Image: image = '' }, limits) => nameViolations([String(image)], 'Image', limits)

const HOST = parts(HOST_CONFIG, maxima)

export const NETWORKING: Rows = { EndpointsConfig: each(parts(ENDPOINTS)) }

/** The body of a create. */
export const CREATE: Row = parts({ ...CONFIG, HostConfig: HOST, NetworkingConfig: parts(NETWORKING) }, (body, limits) => [...usedImage(body, limits), ...body.HostConfig === undefined ? maxima({}, limits) : []])

/** What an engine has made, with what it has in place of the body. */
export const CREATED: Row = parts({ Config: parts(CONFIG, usedImage), HostConfig: HOST })

/** The body of an update. What may be had at most is looked at in what comes of it (see evaluate.ts). */
export const UPDATE: Rows = { ...RESOURCES, RestartPolicy: parts({ Name: limited('restartPolicies', refuseRestart), MaximumRetryCount: free }) }

/** The body of an exec's create. */
export const EXEC: Rows = {
  User: free,
  Privileged: limited('privileged', refusePrivileged),
  Tty: free,
  AttachStdin: free,
  AttachStdout: free,
  AttachStderr: free,
  Detach: free,
  DetachKeys: free,
  Env: free,
  WorkingDir: limited('workingDir', refuseWorkingDir),
  Cmd: free,
  ConsoleSize: free
}

/** The query of a commit. */
export const COMMIT: Rows = {
  container: free,
  repo: free,
  tag: free,
  author: free,
  comment: free,
  // Labels in it are the gateway's to write (see authorization/ownership-labels.ts); the rest is looked at when a container is made of it.
  changes: free,
  pause: free
}
