import { GlyphlabError, type MlflowServerFacts, type ServerAccess } from '../../contract/index.ts'

type Answer = Record<string, unknown>

/** Who is only asked whether it answers has so long. */
const checkMs = 20_000

/** What proves to a server who asks. @see https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth */
function authorization(access: ServerAccess): Record<string, string> {
  switch (access.kind) {
    case 'none':
      return {}
    case 'password':
      return {
        authorization: `Basic ${Buffer.from(`${access.user}:${access.password}`, 'utf8').toString('base64')}`,
      }
    case 'token':
      return { authorization: `Bearer ${access.token}` }
  }
}

/** An MLflow server over its REST API. What goes there goes to that address only: it may not send on to another. */
export class MlflowConnection {
  private readonly base: string
  private readonly access: ServerAccess

  constructor(address: string, access: ServerAccess) {
    this.base = address.replace(/\/+$/, '')
    this.access = access
  }

  /** @throws GlyphlabError NOT_FOUND, FORBIDDEN (who asks is not let in), UNAVAILABLE */
  async ask(
    method: 'GET' | 'POST',
    name: string,
    input: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const query = method === 'GET' ? `?${new URLSearchParams(input as Record<string, string>)}` : ''
    const response = await this.fetch(`api/2.0/mlflow/${name}${query}`, {
      method,
      ...(signal ? { signal } : {}),
      ...(method === 'POST'
        ? { body: JSON.stringify(input), headers: { 'content-type': 'application/json' } }
        : {}),
    })
    const text = await response.text()
    if (!response.ok)
      throw new GlyphlabError(
        response.status === 404 ? 'NOT_FOUND' : 'UNAVAILABLE',
        `The MLflow server at ${this.base} refused ${name}: ${response.status} ${text.slice(0, 300)}`,
      )
    try {
      return JSON.parse(text) as Answer
    } catch (cause) {
      throw new GlyphlabError(
        'UNAVAILABLE',
        `${this.base} answers, but not as MLflow's API does. Write the address of an MLflow tracking server.`,
        undefined,
        { cause },
      )
    }
  }

  /** @param path below the server's address @throws GlyphlabError FORBIDDEN, UNAVAILABLE */
  async fetch(path: string, options: RequestInit): Promise<Response> {
    const { base, access } = this
    let response: Response
    try {
      response = await fetch(`${base}/${path}`, {
        ...options,
        redirect: 'manual',
        headers: { ...(options.headers as Record<string, string> | undefined), ...authorization(access) },
      })
    } catch (cause) {
      const fault = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
      const reason =
        fault instanceof Error && fault.name === 'TimeoutError'
          ? `nothing came within ${checkMs / 1_000} s`
          : fault instanceof Error
            ? fault.message
            : fault
      throw new GlyphlabError(
        'UNAVAILABLE',
        `${new URL(base).origin} does not answer: ${reason}. Is the server running?`,
        undefined,
        { cause },
      )
    }
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel()
      throw new GlyphlabError(
        'UNAVAILABLE',
        `${base} sends on to ${response.headers.get('location') ?? 'another address'}, where nothing was sent. Write that address if it is the one you mean.`,
      )
    }
    if (response.status === 401 || response.status === 403) {
      await response.body?.cancel()
      throw new GlyphlabError(
        'FORBIDDEN',
        access.kind === 'none'
          ? `${base} asks who you are (${response.status}). Give it a user and password, or a token.`
          : `${base} refused ${access.kind === 'token' ? 'the token' : `the user "${access.user}" or the password`} (${response.status}). Give it others.`,
      )
    }
    return response
  }

  /** Whether it answers as MLflow's API does. Sends nothing but the question. @throws GlyphlabError FORBIDDEN, UNAVAILABLE */
  async check(): Promise<MlflowServerFacts> {
    const signal = AbortSignal.timeout(checkMs)
    const from = performance.now()
    const { experiments } = await this.ask('POST', 'experiments/search', { max_results: 1 }, signal).catch(
      (cause: unknown) => {
        if (cause instanceof GlyphlabError && cause.code === 'NOT_FOUND')
          throw new GlyphlabError(
            'UNAVAILABLE',
            `${this.base} answers, but not as MLflow's API does. Write the address of an MLflow tracking server.`,
            undefined,
            { cause },
          )
        throw cause
      },
    )
    const ms = performance.now() - from
    const version = await this.fetch('version', { signal })
      .then(async (response) => (response.ok ? (await response.text()).trim().slice(0, 40) : ''))
      .catch(() => '')
    return {
      url: this.base,
      version: /^\d+\.\d+/.test(version) ? version : null,
      hasExperiments: Array.isArray(experiments) && experiments.length > 0,
      ms,
    }
  }
}
