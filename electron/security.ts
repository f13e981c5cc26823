import { app, type Session } from 'electron'
import { isOwnAddress } from './origin.ts'

/** Copying text is the one thing beyond showing itself that the page may ask the system for. */
const grantedPermission = 'clipboard-sanitized-write'
const outsideAddresses = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file:///*']

/** No page but ours, in no window but ours: navigation, new windows, web views are denied for every page. */
export function denyOtherPages(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.on('will-frame-navigate', (event) => {
      if (!isOwnAddress(event.url)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => {
      if (!isOwnAddress(event.url)) event.preventDefault()
    })
  })
}

/** Denies permissions, and every request that would leave the machine or read files past the engine. */
export function confineSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, callback) =>
    callback(permission === grantedPermission && isOwnAddress(contents.getURL())),
  )
  session.setPermissionCheckHandler(
    (_contents, permission, requestingOrigin) =>
      permission === grantedPermission && isOwnAddress(requestingOrigin),
  )
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest({ urls: outsideAddresses }, (_details, callback) =>
    callback({ cancel: true }),
  )
}

/** Chromium's own errands (component updates, dictionaries, field trials) are network calls nobody asked for. */
export function silenceChromium(): void {
  for (const name of [
    'disable-background-networking',
    'disable-component-update',
    'disable-domain-reliability',
  ])
    app.commandLine.appendSwitch(name)
}
