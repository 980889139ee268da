import t from 'tap'
import { encodingIn } from '../../src/lib/encodings.js'

t.test('what a client wants an answer to be compressed with', async t => {
  const wanted: ReadonlyArray<readonly [accept: string | undefined, encoding: string | undefined]> = [
    [undefined, undefined], ['', undefined], ['identity', undefined], ['deflate', undefined], ['zstd, compress', undefined],
    ['gzip', 'gzip'], ['br', 'br'], ['gzip, deflate, br', 'br'], ['gzip, deflate, br, zstd', 'br'], ['GZip', 'gzip'], ['gzip;q=1.0', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'], ['br;q=0.8,gzip;q=0.5', 'br'], ['br ; q=0, gzip ; q=0.1', 'gzip'],
    ['gzip;q=0, br;q=0', undefined], ['gzip;q=0.000', undefined], ['*', 'gzip'], ['*;q=0', undefined], ['gzip;q=0, *', undefined], ['br, *;q=0.1', 'br'],
    ['identity, gzip;q=0.5', undefined], ['identity;q=0.5, gzip', 'gzip'], ['gzip;q=much', undefined]
  ]
  for (const [accept, encoding] of wanted) t.equal(encodingIn(accept), encoding, accept ?? 'nothing said')
})
