import { auditOperations } from './audit/operations.js'
import { accessOperations } from './auth/operations/access.js'
import { grantOperations } from './auth/operations/grants.js'
import { groupOperations } from './auth/operations/groups.js'
import { roleOperations } from './auth/operations/roles.js'
import { sessionOperations } from './auth/operations/sessions.js'
import { ticketOperations } from './auth/operations/tickets.js'
import { tokenOperations } from './auth/operations/tokens.js'
import { userOperations } from './auth/operations/users.js'
import { channelOperations } from './docker/operations/channels.js'
import { containerCheckOperations } from './docker/operations/container-checks.js'
import { containerFileOperations } from './docker/operations/container-files.js'
import { containerKeepingOperations } from './docker/operations/container-keeping.js'
import { containerLifecycleOperations } from './docker/operations/container-lifecycle.js'
import { containerMonitoringOperations } from './docker/operations/container-monitoring.js'
import { containerUpdateOperations } from './docker/operations/container-updates.js'
import { containerOperations } from './docker/operations/containers.js'
import { execOperations } from './docker/operations/exec.js'
import { hostOperations } from './docker/operations/hosts.js'
import { imageBuildOperations } from './docker/operations/image-build.js'
import { imageTransferOperations } from './docker/operations/image-transfers.js'
import { imageOperations } from './docker/operations/images.js'
import { networkConnectionOperations } from './docker/operations/network-connections.js'
import { networkOperations } from './docker/operations/networks.js'
import { systemOperations } from './docker/operations/system.js'
import { volumeOperations } from './docker/operations/volumes.js'
import { expiryOperations } from './expiry/operations.js'
import { jobOperations } from './jobs/operations.js'
import { registry } from './operation/registry.js'

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
