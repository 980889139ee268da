import { readFileSync } from 'node:fs'
import t from 'tap'
import { readConfig, settings } from '../src/config.js'

t.test('the README names every setting with its default', async t => {
  const readme = readFileSync('README.md', 'utf8')
  for (const [name, schema] of Object.entries(settings)) {
    t.match(readme, `\`${name}\``)
    const { default: value } = schema as { default?: string }
    if (value) t.match(readme, `\`${value}\``, `${name} is ${value} by default`)
  }
})

t.test('a setting that is wrong is said in one line that names it', async t => {
  for (const [name, got] of Object.entries({
    CAISSON_LISTEN: 'nowhere',
    CAISSON_LOG_LEVEL: 'loud',
    CAISSON_HOSTS: 'local=ftp://x',
    CAISSON_ORIGINS: 'example.com',
    CAISSON_TLS_CERT: '/nowhere.pem',
    CAISSON_COLOUR: 'red'
  })) {
    t.throws(() => readConfig({ [name]: got }), { message: new RegExp(`^${name.replace('CERT', '(CERT|KEY)')}: .*[^\\n]$`) })
  }
  t.throws(() => readConfig({ CAISSON_LISTEN: '127.0.0.1:99999' }), { message: /"127.0.0.1:99999", takes a port/ })
  t.throws(() => readConfig({ CAISSON_HOSTS: 'a=unix:///x,a=unix:///y' }), { message: /a is there twice/ })
  t.throws(() => readConfig({ CAISSON_ADMIN_PASSWORD: 'secret' }), { message: /^CAISSON_ADMIN_PASSWORD: got a value that is not shown, takes the password/ })
  t.ok(Object.isFrozen(readConfig({})))
})
