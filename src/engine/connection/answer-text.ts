import type { IncomingMessage } from 'node:http'

/**
 * The whole text of an answer. By its events: Node's own consumers iterate over a stream, which takes longer than all
 * else that is done to a short answer.
 * @throws what broke it off
 */
export async function answerText (answer: IncomingMessage): Promise<string> {
  return await new Promise((resolve, reject) => {
    let text = ''
    answer.setEncoding('utf8')
      .on('data', (chunk: string) => { text += chunk })
      .once('end', () => { resolve(text) })
      // Answers that are destroyed without an error only close.
      .once('error', reject).once('close', () => { reject(new DOMException('the answer was broken off', 'AbortError')) })
  })
}
