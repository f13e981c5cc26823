import { type EngineEvent, encodeJson } from '../contract/index.ts'
import type { EventBus } from './event-bus.ts'

const aliveMs = 5_000
/** A reader that is this many frames behind is cut off: it reconnects and asks for what it shows. */
const maxBehind = 2_000

/** The body of `GET /events`. */
export function eventStream(events: EventBus, engineId: string): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let end = () => {}
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (event: EngineEvent) => {
          if ((controller.desiredSize ?? 0) < -maxBehind) {
            end()
            controller.close()
            return
          }
          controller.enqueue(encoder.encode(`${encodeJson(event)}\n`))
        }
        const stopListening = events.listen(send)
        const alive = setInterval(() => send({ type: 'engine.alive' }), aliveMs)
        end = () => {
          stopListening()
          clearInterval(alive)
        }
        send({ type: 'engine.ready', engineId })
      },
      cancel() {
        end()
      },
    },
    { highWaterMark: 64 },
  )
}
