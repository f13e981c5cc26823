import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { GlyphlabError } from '../../contract/index.ts'
import { openEngine } from '../engine.ts'
import { resolveHome, socketPath } from '../home.ts'
import { createHttpApp } from '../http.ts'
import { listen } from '../listen.ts'
import { rendererDirectory } from '../resources.ts'
import { createOutput } from './output.ts'
import { type GlobalOptions, integer, log } from './verb.ts'

const defaultPort = 4870

export function addServeVerb(program: Command): void {
  program
    .command('serve')
    .description('serve the app to a browser on this machine')
    .option('--home <folder>', 'the data folder (or $GLYPHLAB_HOME)')
    .option('--json', 'print JSON lines on stdout')
    .option('--port <port>', 'on 127.0.0.1; 0 takes a free one', integer)
    .option(
      '--mlflow <port>',
      "answer MLflow's Python client on this port of 127.0.0.1 too; no password",
      integer,
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { port?: number; mlflow?: number }>()
      const home = resolveHome(options.home)
      const engine = await openEngine(home, log(options.verbose))
      const token = randomBytes(24).toString('base64url')
      const own = await listen(createHttpApp(engine), { socket: socketPath(home) })
      const app = createHttpApp(engine, { token, rendererDirectory })
      const browser = await listen(app, { port: options.port ?? defaultPort }).catch(
        (cause: NodeJS.ErrnoException) => {
          if (cause.code !== 'EADDRINUSE') throw cause
          if (options.port !== undefined)
            throw new GlyphlabError('CONFLICT', `Port ${options.port} is in use. Choose another with --port.`)
          return listen(app, { port: 0 })
        },
      )
      const mlflow = options.mlflow === undefined ? null : await engine.services.mlflow.start(options.mlflow)
      const url = `http://127.0.0.1:${browser.port}/?token=${token}`
      createOutput(options.json === true).line(
        { url, pid: process.pid, home, ...(mlflow === null ? {} : { mlflow }) },
        () =>
          `Glyphlab is served at\n\n  ${url}\n\nOnly this machine can reach it. Data folder: ${home}. Ctrl-C ends it.${
            mlflow === null
              ? ''
              : `\n\nMLflow clients: mlflow.set_tracking_uri("${mlflow}"). Any program on this machine can log there: it asks for no password.`
          }`,
      )
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve)
        process.once('SIGTERM', resolve)
      })
      await Promise.all([browser.close(), own.close()])
      await engine.close()
    })
}
