import type { ServerResponse } from 'node:http'
import { constants, Http2ServerResponse, type ServerHttp2Stream } from 'node:http2'
import type { Writable } from 'node:stream'

/** Where HTTP/2 is not what Node makes it look like. */

const streamOf = (response: ServerResponse): ServerHttp2Stream | undefined =>
  response instanceof Http2ServerResponse ? response.stream : undefined

export const isHttp2 = (response: ServerResponse): boolean => response instanceof Http2ServerResponse

/** What the bytes of an answer are written to. The response of HTTP/2 is no stream, but has one. */
export const writableOf = (response: ServerResponse): ServerResponse | ServerHttp2Stream => streamOf(response) ?? response

/** Whether nobody is there any more to read an answer. */
export const isGone = (response: ServerResponse): boolean => streamOf(response)?.destroyed ?? (response.destroyed || response.socket?.destroyed === true)

/** Ends an answer so that it can't be taken for whole: a stream of HTTP/2 that is just destroyed has no error. */
export function breakOff (answer: Writable): void {
  if ('rstCode' in answer) (answer as ServerHttp2Stream).close(constants.NGHTTP2_INTERNAL_ERROR)
  else answer.destroy()
}

/** A body that nobody reads: the client is told to keep the rest of it, when it has its answer (RFC 9113, 8.1). */
export function refuseRest (response: ServerResponse): void {
  const stream = streamOf(response)
  stream?.once('finish', () => { stream.close(constants.NGHTTP2_NO_ERROR) })
}

/** Whether the headers were all. */
export const isWithoutBody = (response: ServerResponse): boolean | undefined => {
  const stream = streamOf(response)
  return stream === undefined ? undefined : stream.endAfterHeaders
}
