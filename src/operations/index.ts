import { auditOperations } from './audit.js'
import { accessOperations } from './access.js'
import { grantOperations } from './grants.js'
import { groupOperations } from './groups.js'
import { roleOperations } from './roles.js'
import { sessionOperations } from './sessions.js'
import { ticketOperations } from './tickets.js'
import { tokenOperations } from './tokens.js'
import { userOperations } from './users.js'
import { channelOperations } from './docker/channels.js'
import { containerCheckOperations } from './docker/container-checks.js'
import { containerFileOperations } from './docker/container-files.js'
import { containerKeepingOperations } from './docker/container-keeping.js'
import { containerLifecycleOperations } from './docker/container-lifecycle.js'
import { containerMonitoringOperations } from './docker/container-monitoring.js'
import { containerUpdateOperations } from './docker/container-updates.js'
import { containerOperations } from './docker/containers.js'
import { execOperations } from './docker/exec.js'
import { hostOperations } from './docker/hosts.js'
import { imageBuildOperations } from './docker/image-build.js'
import { imageTransferOperations } from './docker/image-transfers.js'
import { imageOperations } from './docker/images.js'
import { networkConnectionOperations } from './docker/network-connections.js'
import { networkOperations } from './docker/networks.js'
import { systemOperations } from './docker/system.js'
import { volumeOperations } from './docker/volumes.js'
import { expiryOperations } from './container-renew.js'
import { jobOperations } from './jobs.js'
import { registry } from '../operation/registry.js'

/** Everything Caisson can do. */
export const operations = registry([
  ...hostOperations,
  ...systemOperations,
  ...imageOperations,
  ...imageTransferOperations,
  ...imageBuildOperations,
  ...containerOperations,
  ...containerCheckOperations,
  ...containerKeepingOperations,
  ...containerUpdateOperations,
  ...containerLifecycleOperations,
  ...containerMonitoringOperations,
  ...containerFileOperations,
  ...execOperations,
  ...expiryOperations,
  ...channelOperations,
  ...networkOperations,
  ...networkConnectionOperations,
  ...volumeOperations,
  ...jobOperations,
  ...sessionOperations,
  ...ticketOperations,
  ...tokenOperations,
  ...userOperations,
  ...groupOperations,
  ...roleOperations,
  ...grantOperations,
  ...accessOperations,
  ...auditOperations
])
