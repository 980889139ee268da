import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** A certificate for localhost in a folder, as settings of the gateway. */
export function certificateIn (folder: string): { CAISSON_TLS_CERT: string, CAISSON_TLS_KEY: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-days', '1'], { stdio: 'ignore' })
  return { CAISSON_TLS_CERT: cert, CAISSON_TLS_KEY: key }
}
