import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { GlyphlabError } from '../../contract/index.ts'
import { openEngine } from '../engine.ts'
import { resolveHome, socketPath } from '../home.ts'
import { createHttpApp } from '../http.ts'
import { listen } from '../listen.ts'
import { rendererDirectory } from '../resources.ts'
import type { Services } from '../services.ts'
import { takeUp } from '../take-up.ts'
import { createVisionApp, visionEngine } from '../vision.ts'
import { createOutput } from './output.ts'
import { type GlobalOptions, integer, log } from './verb.ts'

const defaultPort = 4870

interface ServeFlags {
  port?: number
  vision?: number
  mlflow?: number
  engine: string
}

function portInUse(port: number, flag: string): GlyphlabError {
  return new GlyphlabError('CONFLICT', `Port ${port} is in use. Choose another with ${flag}.`)
}

/** Null where it was not asked for. @throws GlyphlabError CONFLICT; NOT_FOUND and others for the engine */
async function serveVision(services: Services, { vision, engine }: ServeFlags) {
  if (vision === undefined) return null
  const app = createVisionApp(services, await visionEngine(services, engine))
  return listen(app, { port: vision }).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'EADDRINUSE' ? portInUse(vision, '--vision') : cause
  })
}

export function addServeVerb(program: Command): void {
  program
    .command('serve')
    .description('serve the app to a browser on this machine')
    .option('--home <folder>', 'the data folder (or $GLYPHLAB_HOME)')
    .option('--json', 'print JSON lines on stdout')
    .option('--port <port>', 'on 127.0.0.1; 0 takes a free one', integer)
    .option(
      '--vision <port>',
      'also answer as Google Cloud Vision (POST /v1/images:annotate) there; 0 takes a free one',
      integer,
    )
    .option(
      '--engine <engine>',
      'what --vision reads with: tesseract, ppocr, or a line recogniser',
      'tesseract',
    )
    .option(
      '--mlflow <port>',
      "answer MLflow's Python client on this port of 127.0.0.1 too; no password",
      integer,
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & ServeFlags>()
      const home = resolveHome(options.home)
      const engine = await openEngine(home, log(options.verbose))
      const token = randomBytes(24).toString('base64url')
      const own = await listen(createHttpApp(engine), { socket: socketPath(home) })
      const app = createHttpApp(engine, { token, rendererDirectory })
      const browser = await listen(app, { port: options.port ?? defaultPort }).catch(
        (cause: NodeJS.ErrnoException) => {
          if (cause.code !== 'EADDRINUSE') throw cause
          if (options.port !== undefined) throw portInUse(options.port, '--port')
          return listen(app, { port: 0 })
        },
      )
      const vision = await serveVision(engine.services, options)
      const visionUrl = vision && `http://127.0.0.1:${vision.port}`
      await takeUp(engine.services, options.mlflow)
      const mlflow = engine.services.mlflow.url
      const url = `http://127.0.0.1:${browser.port}/?token=${token}`
      const addresses = {
        ...(visionUrl === null ? {} : { vision: visionUrl }),
        ...(mlflow === null ? {} : { mlflow }),
      }
      createOutput(options.json === true).line({ url, pid: process.pid, home, ...addresses }, () =>
        [
          `Glyphlab is served at\n\n  ${url}\n`,
          `Only this machine can reach it. Data folder: ${home}. Ctrl-C ends it.`,
          ...(visionUrl === null
            ? []
            : [`\nClients of Google Cloud Vision ask ${visionUrl}/v1/images:annotate.`]),
          ...(mlflow === null
            ? []
            : [
                `\nMLflow clients: mlflow.set_tracking_uri("${mlflow}"). Any program on this machine can log there: it asks for no password.`,
              ]),
        ].join('\n'),
      )
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve)
        process.once('SIGTERM', resolve)
      })
      await Promise.all([browser.close(), own.close(), vision?.close()])
      await engine.close()
    })
}
